#include "services/common/telemetry/log.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

namespace colloquy::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LogTest : public ::testing::Test {
 protected:
  std::unique_ptr<Log> Make(Level level) {
    return Log::ToSink(level, [this](absl::string_view line) { lines_.emplace_back(line); });
  }
  // Parsed by protobuf's JSON reader, which nobody here wrote.
  google::protobuf::Struct Parse(const std::string& line) {
    google::protobuf::Struct object;
    auto status = google::protobuf::util::JsonStringToMessage(line, &object);
    EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << line;
    return object;
  }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, OneObjectALineWithTypedFields) {
  Make(Level::kInfo)
      ->Info("served", {{"method", "/a.B/C"}, {"count", 7}, {"ok", true}, {"s", 0.5}});
  ASSERT_EQ(lines_.size(), 1u);
  auto object = Parse(lines_[0]);
  EXPECT_EQ(object.fields().at("level").string_value(), "info");
  EXPECT_EQ(object.fields().at("message").string_value(), "served");
  EXPECT_EQ(object.fields().at("method").string_value(), "/a.B/C");
  EXPECT_EQ(object.fields().at("count").number_value(), 7);
  EXPECT_TRUE(object.fields().at("ok").bool_value());
  EXPECT_EQ(object.fields().at("s").number_value(), 0.5);
  EXPECT_THAT(object.fields().at("time").string_value(),
              ::testing::MatchesRegex("20[0-9-]+T[0-9:]+\\.[0-9]+Z"));
}

TEST_F(LogTest, LevelsBelowTheThresholdAreNotBuilt) {
  auto log = Make(Level::kWarn);
  log->Debug("a");
  log->Info("b");
  log->Warn("c");
  log->Error("d");
  EXPECT_EQ(lines_.size(), 2u);
  EXPECT_FALSE(log->enabled(Level::kInfo));
  auto off = Make(Level::kOff);
  off->Error("e");
  EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(LogTest, ControlCharactersCannotStartALine) {
  Make(Level::kInfo)
      ->Info("a\n{\"level\":\"error\"}\r\t\x1b[31m", {{"field", std::string("x\0y", 3)}});
  EXPECT_THAT(lines_[0], Not(HasSubstr("\n")));
  EXPECT_THAT(lines_[0], Not(HasSubstr("\x1b")));
  auto object = Parse(lines_[0]);
  EXPECT_EQ(object.fields().at("message").string_value(), "a\n{\"level\":\"error\"}\r\t\x1b[31m");
  EXPECT_EQ(object.fields().at("field").string_value(), std::string("x\0y", 3));
}

TEST_F(LogTest, AnyBytesMakeValidJson) {
  std::mt19937 random(7);
  auto log = Make(Level::kInfo);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 24, '\0');
    for (char& c : text) c = static_cast<char>(random());
    lines_.clear();
    log->Info(text, {{"f", text}});
    ASSERT_EQ(lines_.size(), 1u);
    Parse(lines_[0]);
  }
}

TEST_F(LogTest, ValidUtf8IsKept) {
  const std::string text = "Zoë 漢字 🎟 \xF4\x8F\xBF\xBF";
  Make(Level::kInfo)->Info(text);
  EXPECT_EQ(Parse(lines_[0]).fields().at("message").string_value(), text);
  lines_.clear();
  Make(Level::kInfo)->Info("\xC0\xAF \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82");
  EXPECT_THAT(Parse(lines_[0]).fields().at("message").string_value(), HasSubstr("\xEF\xBF\xBD"));
}

TEST_F(LogTest, NumbersThatJsonLacksAreNull) {
  Make(Level::kInfo)
      ->Info("x", {{"nan", std::numeric_limits<double>::quiet_NaN()},
                   {"inf", std::numeric_limits<double>::infinity()}});
  auto object = Parse(lines_[0]);
  EXPECT_EQ(object.fields().at("nan").kind_case(), google::protobuf::Value::kNullValue);
  EXPECT_EQ(object.fields().at("inf").kind_case(), google::protobuf::Value::kNullValue);
}

TEST_F(LogTest, KeysAreRedactedWhereverTheyAre) {
  Make(Level::kInfo)
      ->Info("got Bearer clq_abc_S3cr3t-x, sorry",
             {{"header", "clq_id_topsecret"}, {"clq_k_v", "clq_a_b clq_c_d"}});
  EXPECT_THAT(lines_[0], Not(HasSubstr("S3cr3t")));
  EXPECT_THAT(lines_[0], Not(HasSubstr("topsecret")));
  EXPECT_THAT(lines_[0], Not(HasSubstr("_a_b")));
  EXPECT_THAT(lines_[0], Not(HasSubstr("_c_d")));
  EXPECT_THAT(lines_[0], HasSubstr("clq_[redacted], sorry"));
  Parse(lines_[0]);
}

TEST(RedactTest, LeavesTheRestAlone) {
  EXPECT_EQ(Redact(""), "");
  EXPECT_EQ(Redact("nothing here"), "nothing here");
  EXPECT_EQ(Redact("clq_"), "clq_[redacted]");
  EXPECT_EQ(Redact("a clq_x_y\" b"), "a clq_[redacted]\" b");
}

TEST(LevelTest, Parses) {
  EXPECT_EQ(*ParseLevel("debug"), Level::kDebug);
  EXPECT_EQ(*ParseLevel("off"), Level::kOff);
  EXPECT_FALSE(ParseLevel("verbose").ok());
}

TEST(StderrLogTest, FlushWaitsForTheLine) {
  ::testing::internal::CaptureStderr();
  auto log = Log::ToStderr(Level::kInfo);
  for (int i = 0; i < 100; ++i) log->Info("line", {{"i", i}});
  log->Flush();
  const std::string out = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 100);
  EXPECT_THAT(out, HasSubstr("\"i\":99}"));
}

}  // namespace
}  // namespace colloquy::telemetry
