// What clients send by mistake or in bad faith: each gets the documented error with details, none a
// crash, a hang, or a word about somebody else's data.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/rpc/error_details.pb.h"
#include "services/common/errors/errors.h"
#include "tests/integration/fixture.h"

namespace colloquy::test {
namespace {

std::string Access(absl::string_view method) { return absl::StrCat(kAccess, method); }
std::string Events(absl::string_view method) { return absl::StrCat(kEvents, method); }
std::string Registrations(absl::string_view method) { return absl::StrCat(kRegistrations, method); }

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload =
      status.GetPayload(absl::StrCat("type.googleapis.com/", Detail::descriptor()->full_name()));
  if (payload.has_value()) detail.ParseFromString(std::string(*payload));
  return detail;
}

std::string Nested(int depth) {
  return absl::StrCat(std::string(depth, '('), "state = DRAFT", std::string(depth, ')'));
}

registrations::v1::ImportRecord& AddRecord(registrations::v1::ImportInvitationsRequest& run) {
  registrations::v1::ImportRecord& record = *run.add_records();
  record.set_line(run.records_size() + 1);
  return record;
}

struct BadInput {
  std::string label;
  std::string method;
  std::string request;
  // ErrorInfo's reason; the code is INVALID_ARGUMENT.
  std::string reason;
  // That BadRequest names; empty if the error is not about one field.
  std::string field;
};

std::vector<BadInput> Table() {
  const std::string kEvent =
      "kind: WORKSHOP mode: ONLINE default_language: 'en' "
      "title { texts { key: 'en' value: 'T' } } ";
  const std::string kTimes =
      "time_zone: 'UTC' civil_start: '2096-05-01T10:00:00' civil_end: '2096-05-01T11:00:00' ";
  const auto create = [&](absl::string_view fields) {
    return absl::StrCat("parent: '{organizer}' event { ", kEvent, fields, " }");
  };
  const auto list = [](absl::string_view more) {
    return absl::StrCat("parent: '{organizer}' ", more);
  };
  const auto of_event = [](absl::string_view more) {
    return absl::StrCat("parent: '{event}' ", more);
  };
  const auto attend = [&](absl::string_view fields) {
    return of_event(absl::StrCat("registration { category: 'guest' ", fields, " }"));
  };
  const std::string kSomebody = "attendee { email: 'x@example.org' } ";
  return {
      // Masks.
      {"unknown path in an update mask", Events("UpdateEvent"),
       "event { name: '{event}' } update_mask { paths: 'colour' }", "FIELD_MASK_INVALID",
       "update_mask"},
      {"path below a scalar", Events("UpdateEvent"),
       "event { name: '{event}' } update_mask { paths: 'time_zone.name' }", "FIELD_MASK_INVALID",
       "update_mask"},
      {"unknown path in a partner's mask", Access("UpdatePartner"),
       "partner { name: '{partner}' } update_mask { paths: 'colour' }", "FIELD_MASK_INVALID",
       "update_mask"},
      {"unknown path in a registration's mask", Registrations("UpdateRegistration"),
       "registration { name: '{registration}' } update_mask { paths: 'colour' }",
       "FIELD_MASK_INVALID", "update_mask"},
      {"another party", Registrations("UpdateRegistration"),
       "registration { name: '{registration}' party_size: 2 }", "FIELD_INVALID",
       "registration.party_size"},
      {"unknown path in a session's mask", Events("UpdateSession"),
       "session { name: '{session}' } update_mask { paths: 'colour' }", "FIELD_MASK_INVALID",
       "update_mask"},
      {"unknown path in a read mask", Events("ListEvents"), list("read_mask { paths: 'colour' }"),
       "FIELD_MASK_INVALID", "read_mask"},
      // Filters.
      {"unknown field", Events("ListEvents"), list("filter: 'colour = 1'"), "FILTER_INVALID",
       "filter"},
      {"text for a time", Events("ListEvents"), list("filter: 'start_time > \"soon\"'"),
       "FILTER_INVALID", "filter"},
      {"unknown enum value", Events("ListEvents"), list("filter: 'state = SLEEPING'"),
       "FILTER_INVALID", "filter"},
      {"text for a number", Registrations("ListRegistrations"),
       of_event("filter: 'party_size > many'"), "FILTER_INVALID", "filter"},
      {"number out of range", Registrations("ListRegistrations"),
       of_event("filter: 'party_size > 99999999999999999999'"), "FILTER_INVALID", "filter"},
      {"no filter at all", Events("ListEvents"), list("filter: '((('"), "FILTER_INVALID", "filter"},
      {"unfinished text", Events("ListEvents"), list("filter: 'kind = \"W'"), "FILTER_INVALID",
       "filter"},
      {"too deep", Events("ListEvents"), list(absl::StrCat("filter: '", Nested(200), "'")),
       "FILTER_INVALID", "filter"},
      {"too long", Events("ListEvents"),
       list(absl::StrCat("filter: '", std::string(5'000, 'x'), "'")), "FILTER_INVALID", "filter"},
      {"longer than any text may be", Events("ListEvents"),
       list(absl::StrCat("filter: '", std::string(100'000, 'x'), "'")), "FIELD_INVALID", "filter"},
      {"of another list", Access("ListPartners"), list("filter: 'party_size = 1'"),
       "FILTER_INVALID", "filter"},
      {"in an export", Events("ExportCalendar"), list("filter: 'colour = 1'"), "FILTER_INVALID",
       "filter"},
      {"in a feed", Events("ListChanges"), list("filter: 'colour = 1'"), "FILTER_INVALID",
       "filter"},
      {"SQL in a field's place", Events("ListEvents"), list("filter: '1=1; DROP TABLE events; --'"),
       "FILTER_INVALID", "filter"},
      // Order.
      {"unknown order", Events("ListEvents"), list("order_by: 'colour'"), "ORDER_BY_INVALID",
       "order_by"},
      {"unknown direction", Registrations("ListRegistrations"),
       of_event("order_by: 'create_time sideways'"), "ORDER_BY_INVALID", "order_by"},
      {"SQL in an order", Events("ListSessions"), of_event("order_by: 'name; DROP TABLE x'"),
       "ORDER_BY_INVALID", "order_by"},
      // Pages.
      {"negative page", Events("ListEvents"), list("page_size: -1"), "FIELD_INVALID", "page_size"},
      {"negative page of people", Registrations("ListRegistrations"), of_event("page_size: -5"),
       "FIELD_INVALID", "page_size"},
      {"negative page of organizers", Access("ListOrganizers"), "page_size: -2147483648",
       "FIELD_INVALID", "page_size"},
      {"negative page of changes", Access("ListChanges"), list("page_size: -1"), "FIELD_INVALID",
       "page_size"},
      {"forged page", Events("ListEvents"), list("page_token: 'page-2'"), "PAGE_TOKEN_INVALID",
       "page_token"},
      {"forged page of people", Registrations("ListRegistrations"),
       of_event("page_token: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'"), "PAGE_TOKEN_INVALID",
       "page_token"},
      {"forged page of changes", Registrations("ListChanges"), list("page_token: '1'"),
       "PAGE_TOKEN_INVALID", "page_token"},
      // Times.
      {"unknown zone", Events("CreateEvent"),
       create("time_zone: 'Mars/Olympus' civil_start: '2096-05-01T10:00:00' "
              "civil_end: '2096-05-01T11:00:00'"),
       "FIELD_INVALID", "event.time_zone"},
      {"path for a zone", Events("CreateEvent"),
       create("time_zone: '../../etc/passwd' civil_start: '2096-05-01T10:00:00' "
              "civil_end: '2096-05-01T11:00:00'"),
       "FIELD_INVALID", "event.time_zone"},
      {"end before start", Events("CreateEvent"),
       create("time_zone: 'UTC' civil_start: '2096-05-01T10:00:00' "
              "civil_end: '2096-05-01T09:00:00'"),
       "FIELD_INVALID", "event.civil_end"},
      {"a time that is none", Events("CreateEvent"),
       create("time_zone: 'UTC' civil_start: '2096-02-30T10:00:00' "
              "civil_end: '2096-03-01T09:00:00'"),
       "FIELD_INVALID", "event.civil_start"},
      {"a time that the clock skips", Events("CreateEvent"),
       create("time_zone: 'Europe/Berlin' civil_start: '2030-03-31T02:30:00' "
              "civil_end: '2030-03-31T05:00:00'"),
       "FIELD_INVALID", "event.civil_start"},
      {"a timestamp out of range", Events("CreateEvent"),
       create("time_zone: 'UTC' start_time { seconds: 9223372036854775807 } "
              "end_time { seconds: 9223372036854775807 nanos: -1 }"),
       "FIELD_INVALID", "event.start_time"},
      {"a session outside of its event", Events("CreateSession"),
       of_event("session { title { texts { key: 'en' value: 'T' } } start_time { seconds: 0 } "
                "end_time { seconds: 60 } }"),
       "FIELD_INVALID", "session.start_time"},
      {"an organizer's zone", Access("CreateOrganizer"),
       "organizer { display_name: 'G' time_zone: 'CET/CEST' }", "FIELD_INVALID",
       "organizer.time_zone"},
      {"a series without end", Events("CreateEventSeries"),
       "name: '{event}' recurrence_rule: 'FREQ=SECONDLY'", "FIELD_INVALID", "recurrence_rule"},
      // Ids and names.
      {"an id with a slash", Events("CreateEvent"),
       absl::StrCat("event_id: 'a/../b' ", create(kTimes)), "FIELD_INVALID", "event_id"},
      {"an id too long", Access("CreatePartner"),
       absl::StrCat("parent: '{organizer}' partner_id: '", std::string(64, 'a'),
                    "' partner { display_name: 'P' }"),
       "FIELD_INVALID", "partner_id"},
      {"a name too long", Access("CreatePartner"),
       absl::StrCat("parent: '{organizer}' partner { display_name: '", std::string(5'000, 'a'),
                    "' }"),
       "FIELD_INVALID", "partner.display_name"},
      {"no name", Events("GetEvent"), "name: ''", "FIELD_REQUIRED", "name"},
      {"half a name", Events("GetEvent"), "name: 'organizers/alpha/events'",
       "RESOURCE_NAME_INVALID", "name"},
      {"a name of another kind", Registrations("GetRegistration"), "name: '{event}'",
       "RESOURCE_NAME_INVALID", "name"},
      {"a name with a wildcard", Registrations("GetRegistration"),
       "name: 'organizers/alpha/events/-/registrations/-'", "RESOURCE_NAME_INVALID", "name"},
      {"a name outside of the parent", Events("BatchGetEvents"),
       "parent: '{organizer}' names: 'organizers/beta/events/x'", "FIELD_INVALID", "names[0]"},
      // Request ids.
      {"a request id that is no UUID", Registrations("CreateRegistration"),
       absl::StrCat(attend(kSomebody), " request_id: 'once'"), "FIELD_INVALID", "request_id"},
      {"a request id that is no UUID, of an event", Events("CreateEvent"),
       absl::StrCat(create(kTimes), " request_id: '1234'"), "FIELD_INVALID", "request_id"},
      // People.
      {"no address", Registrations("CreateRegistration"), attend("attendee { email: 'nobody' }"),
       "FIELD_INVALID", "registration.attendee.email"},
      {"a line break in an address", Registrations("CreateRegistration"),
       attend("attendee { email: 'a@example.org\\r\\nBcc: b@example.org' }"), "FIELD_INVALID",
       "registration.attendee.email"},
      {"nobody", Registrations("CreateRegistration"), attend(""), "FIELD_REQUIRED",
       "registration.attendee"},
      {"fewer than nobody", Registrations("CreateRegistration"),
       attend(absl::StrCat(kSomebody, "party_size: -1")), "FIELD_INVALID",
       "registration.party_size"},
      {"a category of another event", Registrations("CreateRegistration"),
       of_event(absl::StrCat("registration { category: 'vip' ", kSomebody, "}")), "FIELD_INVALID",
       "registration.category"},
      {"an empty batch", Registrations("BatchCreateRegistrations"), of_event(""), "FIELD_REQUIRED",
       "requests"},
      {"a batch for two events", Registrations("BatchCreateRegistrations"),
       of_event(absl::StrCat("requests { parent: '{draft}' registration { category: 'guest' ",
                             kSomebody, "} }")),
       "FIELD_INVALID", "requests[0].parent"},
      // Quantities.
      {"fewer seats than none", Events("CreateEvent"),
       create(absl::StrCat(kTimes, "registration { capacity: -1 }")), "FIELD_INVALID",
       "event.registration.capacity"},
      {"an unknown enum value", Events("CreateEvent"),
       absl::StrReplaceAll(create(kTimes), {{"kind: WORKSHOP", "kind: 99"}}), "FIELD_INVALID",
       "event.kind"},
      {"a key for another organizer's partner", Access("CreateApiKey"),
       "parent: '{organizer}' api_key { role: PARTNER display_name: 'k' "
       "partner: 'organizers/beta/partners/x' }",
       "FIELD_INVALID", "api_key.partner"},
      {"a key without a role", Access("CreateApiKey"),
       "parent: '{organizer}' api_key { display_name: 'k' }", "FIELD_REQUIRED", "api_key.role"},
      {"a key that has expired", Access("CreateApiKey"),
       "parent: '{organizer}' api_key { role: VIEWER display_name: 'k' "
       "expire_time { seconds: 1 } }",
       "FIELD_INVALID", "api_key.expire_time"},
  };
}

class BadInputTest : public WorldTest {
 protected:
  // What holds for every refusal, whatever the reason.
  static void CheckRefusal(const Answer& answer, const std::string& label) {
    EXPECT_LE(answer.detail_bytes, 4096u) << label;
    EXPECT_NE(errors::ReasonOf(answer.status), errors::v1::ERROR_REASON_UNSPECIFIED)
        << label << ": " << answer.status;
    const std::string visible = Visible(answer.status);
    for (const char* inside : {"SELECT", "sqlite", "mysql", "MariaDB", ".cc:", "/tmp/", "bob@",
                               "one@example.org", "organizers/beta/events/secret"}) {
      EXPECT_THAT(visible, testing::Not(testing::HasSubstr(inside))) << label;
    }
  }
  // Fields that BadRequest names.
  static std::vector<std::string> FieldsOf(const absl::Status& status) {
    std::vector<std::string> fields;
    const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
    for (const auto& violation : bad_request.field_violations()) {
      fields.push_back(violation.field());
      EXPECT_FALSE(violation.description().empty()) << violation.field();
    }
    return fields;
  }
  Answer Raw(absl::string_view who, absl::string_view method, const std::string& bytes) const {
    return Invoke(server_->channel(), method, world_->credential(who), bytes);
  }
};
INSTANTIATE_WORLDS(BadInputTest);

TEST_P(BadInputTest, EachGetsItsDocumentedError) {
  for (const BadInput& bad : Table()) {
    const Answer answer = Ask("operator", bad.method, bad.request);
    EXPECT_EQ(Outcome(answer.status), absl::StrCat("INVALID_ARGUMENT ", bad.reason))
        << bad.label << ": " << answer.status;
    CheckRefusal(answer, bad.label);
    if (bad.field.empty()) continue;
    EXPECT_THAT(FieldsOf(answer.status), testing::Contains(bad.field))
        << bad.label << ": " << answer.status;
  }
}

// Bytes that are no message, and text that is not UTF-8, in every method.
TEST_P(BadInputTest, BytesThatAreNoRequest) {
  for (const char* method : {"GetEvent", "ListEvents", "CreateEvent", "UpdateEvent"}) {
    const std::string full = Events(method);
    for (const std::string& bytes :
         {std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), std::string("\x0a\x7f"),
          // Field 1 as a text with a lone continuation byte, an overlong '/', half of a surrogate.
          std::string("\x0a\x02\x80x"), std::string("\x0a\x02\xc0\xaf"),
          std::string("\x0a\x03\xed\xa0\x80")}) {
      const Answer answer = Raw("operator", full, bytes);
      EXPECT_THAT(Outcome(answer.status), testing::StartsWith("INVALID_ARGUMENT "))
          << full << ": " << answer.status;
      CheckRefusal(answer, full);
    }
  }
  // In a field that is stored.
  auto request =
      RequestOf(Registrations("CreateRegistration"),
                world_->Fill("parent: '{event}' registration { category: 'guest' "
                             "attendee { email: 'u@example.org' family_name: 'QQQQ' } }"));
  std::string bytes = request->SerializeAsString();
  bytes.replace(bytes.find("QQQQ"), 4, "\xf0\x28\x8c\xbc");
  const Answer answer = Raw("owner", Registrations("CreateRegistration"), bytes);
  EXPECT_EQ(Outcome(answer.status), "INVALID_ARGUMENT REQUEST_MALFORMED") << answer.status;
}

// Groups nested without end, and a length of 2 GB that is not there: no stack and no memory is
// spent on them.
TEST_P(BadInputTest, BytesThatTryToExhaust) {
  std::string answers;
  // Answers of a registration: Struct in Struct in Struct.
  google::protobuf::Value value;
  value.set_bool_value(true);
  registrations::v1::CreateRegistrationRequest request;
  request.set_parent(world_->name("event"));
  std::string nested = value.SerializeAsString();
  const auto wrap = [](int field, const std::string& bytes) {
    std::string out(1, static_cast<char>(field << 3 | 2));
    for (size_t n = bytes.size();; n >>= 7) {
      out += static_cast<char>(n < 0x80 ? n : (n & 0x7f) | 0x80);
      if (n < 0x80) break;
    }
    return out + bytes;
  };
  for (int i = 0; i < 2000; ++i) nested = wrap(6, wrap(1, nested));  // Value.list_value.values
  nested = wrap(9, wrap(1, wrap(1, "k") + wrap(2, nested)));         // registration.answers.fields
  const Answer deep = Raw("owner", Registrations("CreateRegistration"),
                          wrap(1, world_->name("event")) + wrap(2, nested));
  EXPECT_EQ(Outcome(deep.status), "INVALID_ARGUMENT REQUEST_MALFORMED") << deep.status;
  const Answer long_length = Raw("owner", Events("GetEvent"), "\x0a\xff\xff\xff\xff\x07x");
  EXPECT_EQ(Outcome(long_length.status), "INVALID_ARGUMENT REQUEST_MALFORMED");
}

TEST_P(BadInputTest, TenMegabytes) {
  const std::string large(10 << 20, 'x');
  // More than a message may have: refused by gRPC before anything is parsed.
  const Answer ten = Ask("owner", Events("GetEvent"), absl::StrCat("name: '", large, "'"));
  EXPECT_EQ(ten.status.code(), absl::StatusCode::kResourceExhausted) << ten.status;
  // Just below that it is ours to refuse, in few words.
  const std::string three(3 << 20, 'x');
  for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
           {Events("GetEvent"), absl::StrCat("name: '", three, "'")},
           {Events("ListEvents"), absl::StrCat("parent: '{organizer}' filter: '", three, "'")},
           {Events("ListEvents"), absl::StrCat("parent: '{organizer}' order_by: '", three, "'")},
           {Events("ListEvents"), absl::StrCat("parent: '{organizer}' page_token: '", three, "'")},
           {Events("UpdateEvent"),
            absl::StrCat("event { name: '{event}' } update_mask { paths: '", three, "' }")},
           {Events("CreateEvent"),
            absl::StrCat("parent: '{organizer}' event { ",
                         World::EventText(absl::StrCat("website_uri: '", three, "'")), " }")},
           {Events("CreateEvent"), absl::StrCat("parent: '{organizer}' event_id: '", three,
                                                "' event { ", World::EventText(""), " }")},
           {Registrations("CreateRegistration"),
            absl::StrCat("parent: '{event}' registration { category: 'guest' attendee { email: '",
                         three, "@example.org' } }")},
           {Access("CreatePartner"),
            absl::StrCat("parent: '{organizer}' partner { display_name: '", three, "' }")},
       }) {
    const Answer answer = Ask("operator", method, request);
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kInvalidArgument) << method;
    CheckRefusal(answer, method);
    EXPECT_LT(answer.status.message().size(), 2000u) << method;
  }
}

// A token is good for the list, the arguments and the caller that it was given to.
// What a cell holds costs its record a verdict, and nothing else of the run.
TEST_P(BadInputTest, CellsThatAreNoTextCostOneRecord) {
  registrations::v1::ImportInvitationsRequest run;
  run.set_parent(world_->name("event"));
  run.set_operation(world_->name("import"));
  run.set_first_record(1);
  for (const std::string& cell :
       {std::string("a@example.org"), std::string("b\0@example.org", 14),
        std::string(100 << 10, 'x'), std::string("=HYPERLINK(\"http://example.org\")"),
        std::string("c@example.org\r\nBcc: victim@example.org"), std::string("d@example.org")}) {
    AddRecord(run).add_cells(cell);
  }
  const auto answer = Call<registrations::v1::ImportInvitationsResponse>(
      server_->channel(), absl::StrCat(kInvitations, "ImportInvitations"),
      world_->credential("owner"), run);
  ASSERT_TRUE(answer.ok()) << answer.status();
  using registrations::v1::RecordVerdict;
  std::vector<std::string> verdicts;
  for (const RecordVerdict& verdict : answer->verdicts()) {
    verdicts.push_back(verdict.verdict() == RecordVerdict::REJECTED
                           ? RecordVerdict::Reason_Name(verdict.reason())
                           : RecordVerdict::Verdict_Name(verdict.verdict()));
    EXPECT_LT(verdict.message().size(), 500u);
  }
  EXPECT_THAT(verdicts, testing::ElementsAre("CREATED", "CONTROL_CHARACTERS", "ADDRESS_INVALID",
                                             "ADDRESS_INVALID", "CONTROL_CHARACTERS", "CREATED"));
}

TEST_P(BadInputTest, PageTokensOfOthersAndAltered) {
  const auto page = Ask("owner", Events("ListEvents"), "parent: '{organizer}' page_size: 1");
  ASSERT_TRUE(page.status.ok()) << page.status;
  events::v1::ListEventsResponse response;
  ASSERT_TRUE(response.ParseFromString(page.bytes));
  const std::string token = response.next_page_token();
  ASSERT_FALSE(token.empty());
  const auto with = [&](absl::string_view who, absl::string_view text,
                        const std::string& page_token) {
    const Answer answer =
        Ask(who, Events("ListEvents"), absl::StrCat(text, " page_token: '", page_token, "'"));
    if (!answer.status.ok()) CheckRefusal(answer, absl::StrCat(who, text));
    return Outcome(answer.status);
  };
  const std::string kInvalid = "INVALID_ARGUMENT PAGE_TOKEN_INVALID";
  const std::string kOwn = "parent: '{organizer}' page_size: 1";
  EXPECT_EQ(with("owner", kOwn, token), "OK");
  EXPECT_EQ(with("manager", kOwn, token), kInvalid);
  EXPECT_EQ(with("none", kOwn, token), kInvalid);
  EXPECT_EQ(with("foreign", "parent: '{foreign_organizer}' page_size: 1", token), kInvalid);
  EXPECT_EQ(with("owner", "parent: '{organizer}' filter: 'state = DRAFT'", token), kInvalid);
  EXPECT_EQ(with("owner", "parent: '{organizer}' order_by: 'name'", token), kInvalid);
  // One bit of any of its characters.
  for (size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(with("owner", kOwn, altered), kInvalid) << i;
  }
  EXPECT_EQ(with("owner", kOwn, token.substr(0, token.size() / 2)), kInvalid);
  EXPECT_EQ(with("owner", kOwn, absl::StrCat(token, token)), kInvalid);
}

TEST_P(BadInputTest, RequestIdsAreNotTakenOver) {
  const std::string id = "request_id: '6f1c1b8e-6b0f-4f0e-9c39-0f6f5b6f0a11'";
  const auto create = [&](absl::string_view who, absl::string_view email) {
    return Ask(
        who, Registrations("CreateRegistration"),
        absl::StrCat("parent: '{event}' registration { category: 'guest' attendee { email: '",
                     email, "' } } ", id));
  };
  const Answer first = create("owner", "a@example.org");
  ASSERT_TRUE(first.status.ok()) << first.status;
  EXPECT_EQ(create("owner", "a@example.org").bytes, first.bytes);
  const Answer other = create("owner", "b@example.org");
  EXPECT_EQ(Outcome(other.status), "INVALID_ARGUMENT REQUEST_ID_REUSED") << other.status;
  CheckRefusal(other, "reused");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(other.status).metadata().at("request_id"),
            "6f1c1b8e-6b0f-4f0e-9c39-0f6f5b6f0a11");
  // It belongs to the caller: another one's first use of the same id is a first use.
  const Answer somebody = create("partner", "b@example.org");
  EXPECT_TRUE(somebody.status.ok()) << somebody.status;
  EXPECT_NE(somebody.bytes, first.bytes);
}

// A refusal about an address says nothing of who holds it.
TEST_P(BadInputTest, ATakenAddressDoesNotTellWhose) {
  const Answer answer =
      Ask("other_partner", Registrations("CreateRegistration"),
          "parent: '{event}' registration { category: 'guest' attendee { email: 'ONE@example.org' "
          "} }");
  EXPECT_EQ(Outcome(answer.status), "ALREADY_EXISTS ADDRESS_ALREADY_REGISTERED") << answer.status;
  const std::string visible = Visible(answer.status);
  EXPECT_THAT(visible, testing::Not(testing::HasSubstr(world_->name("registration"))));
  EXPECT_THAT(visible, testing::Not(testing::HasSubstr("portal")));
  EXPECT_THAT(visible, testing::Not(testing::HasSubstr("Given")));
}

}  // namespace
}  // namespace colloquy::test
