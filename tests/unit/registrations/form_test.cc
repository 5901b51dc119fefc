#include "services/registrations/rules/form.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

namespace colloquy::registrations::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

events::v1::Event EventWithForm() {
  events::v1::Event event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        form {
          id: "topic"
          type: CHOICE
          required: true
          options { value: "mems" }
          options { value: "photonics" }
        }
        form {
          id: "device"
          type: TEXT
          required: true
          pattern: "[A-Z]{2}\\d+"
          max: 6
          shown_if { field: "topic" values: "mems" }
        }
        form { id: "age" type: NUMBER min: 18 max: 120 }
        form {
          id: "days"
          type: MULTI_CHOICE
          min: 1
          max: 2
          options { value: "1" }
          options { value: "2" }
          options { value: "3" }
        }
        form { id: "born" type: DATE }
        form { id: "country" type: COUNTRY }
        form { id: "terms" type: CONSENT required: true }
        form { id: "diet" type: TEXT sensitive: true }
        form { id: "poster" type: FILE_REFERENCE }
      )pb",
      &event));
  return event;
}

google::protobuf::Struct Answers(const std::string& json) {
  google::protobuf::Struct answers;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &answers).ok());
  return answers;
}

std::vector<std::string> Check(const std::string& json) {
  std::vector<std::string> fields;
  for (const auto& violation : CheckAnswers(EventWithForm().form(), Answers(json), "a"))
    fields.push_back(violation.field);
  return fields;
}

TEST(Form, TakesGoodAnswers) {
  EXPECT_THAT(
      Check(R"({"topic":"mems","device":"AB12","age":30,"days":["1","3"],"born":"1990-02-28",
                        "country":"DE","terms":true,"diet":"none","poster":"https://example.org/p.pdf"})"),
      IsEmpty());
}

TEST(Form, RequiredQuestionsMustBeAnswered) {
  EXPECT_THAT(Check("{}"), ElementsAre("a.topic", "a.terms"));
}

TEST(Form, AQuestionIsAskedOnlyAfterItsAnswer) {
  EXPECT_THAT(Check(R"({"topic":"mems","terms":true})"), ElementsAre("a.device"));
  EXPECT_THAT(Check(R"({"topic":"photonics","terms":true})"), IsEmpty());
  EXPECT_THAT(Check(R"({"topic":"photonics","terms":true,"device":"AB1"})"),
              ElementsAre("a.device"));
}

TEST(Form, EveryTypeRefusesWhatIsNotOfIt) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"topic", "\"other\""},
      {"device", "\"ab1\""},
      {"device", "\"AB12345\""},
      {"age", "17"},
      {"age", "121"},
      {"age", "\"30\""},
      {"days", "[\"4\"]"},
      {"days", "[\"1\",\"1\"]"},
      {"days", "[\"1\",\"2\",\"3\"]"},
      {"days", "\"1\""},
      {"born", "\"1990-02-30\""},
      {"born", "\"28.2.1990\""},
      {"country", "\"Germany\""},
      {"terms", "false"},
      {"terms", "\"yes\""},
      {"diet", "\"a\\nb\""},
      {"poster", "\"file:///etc/passwd\""},
      {"poster", "{}"},
      {"unknown", "1"},
  };
  for (const auto& [field, value] : bad) {
    google::protobuf::Struct answers = Answers(R"({"topic":"mems","device":"AB12","terms":true})");
    (*answers.mutable_fields())[field] = Answers("{\"v\":" + value + "}").fields().at("v");
    const auto violations = CheckAnswers(EventWithForm().form(), answers, "a");
    ASSERT_FALSE(violations.empty()) << field << " = " << value;
    EXPECT_EQ(violations[0].field, "a." + field) << value;
  }
}

TEST(Form, SensitiveAnswersCanBeTakenOut) {
  google::protobuf::Struct answers = Answers(R"({"topic":"mems","diet":"vegan","gone":"x"})");
  RemoveSensitive(EventWithForm().form(), answers);
  EXPECT_EQ(answers.fields().size(), 1u);
  EXPECT_TRUE(answers.fields().contains("topic"));
}

}  // namespace
}  // namespace colloquy::registrations::rules
