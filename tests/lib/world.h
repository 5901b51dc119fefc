// An installation with something in it: two organizers, a key of every kind, an event in every
// state that methods need.
#ifndef COLLOQUY_TESTS_LIB_WORLD_H_
#define COLLOQUY_TESTS_LIB_WORLD_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/lib/calls.h"
#include "tests/lib/server.h"

namespace colloquy::test {

inline constexpr absl::string_view kAccess = "/colloquy.access.v1.AccessService/";
inline constexpr absl::string_view kEvents = "/colloquy.events.v1.EventsService/";
inline constexpr absl::string_view kRegistrations =
    "/colloquy.registrations.v1.RegistrationsService/";
inline constexpr absl::string_view kInvitations = "/colloquy.registrations.v1.InvitationsService/";
inline constexpr absl::string_view kDialogues = "/colloquy.dialogues.v1.DialoguesService/";
inline constexpr absl::string_view kStatements = "/colloquy.dialogues.v1.StatementsService/";
inline constexpr absl::string_view kOutcomes = "/colloquy.dialogues.v1.OutcomesService/";
inline constexpr absl::string_view kPolls = "/colloquy.dialogues.v1.PollsService/";
inline constexpr absl::string_view kAgenda = "/colloquy.dialogues.v1.AgendaService/";
inline constexpr absl::string_view kSeats = "/colloquy.dialogues.v1.SeatsService/";

// Names and credentials by what they are, to be filled into requests in text format: `{event}`
// becomes organizers/alpha/events/open. All are of the organizer alpha unless they say foreign.
//
//   {organizer} {partner} {key}     {foreign_organizer}
//   {event}      published, public, 10 seats and a waiting list, two categories
//   {draft} {cancelled}             events
//   {session}                       of {event}
//   {registration} {other}          of {event}, by {partner} and by another partner
//   {pending}                       of an event that asks for approval
//   {operation}                     long done
//   {invitation}                    to {event}, unanswered
//   {import}                        of a guest list for {event}, begun, a dry run
//   {dialogue}                      OPEN, of {event}
//   {draft_dialogue}                in which a first run was imported, an empty one
//   {participant} {statement} {other_statement} {agenda_item} {speaker_request}   of {dialogue}
class World {
 public:
  // The server is started already, and outlives this.
  explicit World(Server& server) : server_(server) {}
  absl::Status Build();

  // `who`: none, operator, owner, manager, moderator, desk, viewer, partner, other_partner,
  // foreign (owner of another organizer), revoked, expired, peer. The credential.
  const std::string& credential(absl::string_view who) const;
  const std::string& name(absl::string_view what) const;

  // Text with every {placeholder} filled in.
  std::string Fill(absl::string_view text) const;
  // The same with names of which nothing exists, in an organizer that exists, or that does not.
  std::string FillGhosts(absl::string_view text, bool ghost_organizer = false) const;
  // Text without any of these names, so that answers about one resource and another compare.
  std::string Mask(absl::string_view text) const;

  // An event of the organizer alpha in text format, a year to come, that `more` is merged into.
  static std::string EventText(absl::string_view more);

  // One call; the request in text format, filled in.
  absl::StatusOr<std::string> Do(absl::string_view who, absl::string_view method,
                                 absl::string_view request) const;
  // And the answer's `field`, or the answer of type Response.
  template <typename Response>
  absl::StatusOr<Response> Get(absl::string_view who, absl::string_view method,
                               absl::string_view request) const {
    const absl::StatusOr<std::string> bytes = Do(who, method, request);
    if (!bytes.ok()) return bytes.status();
    Response response;
    response.ParseFromString(*bytes);
    return response;
  }

 private:
  absl::Status BuildOrganizer(const std::string& id);
  absl::Status BuildKeys();
  absl::Status BuildEvents();
  absl::Status BuildRegistrations();
  absl::Status BuildInvitations();
  absl::Status BuildDialogues();
  absl::Status BuildMeeting();
  absl::StatusOr<std::string> NewKey(const std::string& parent, absl::string_view fields);
  absl::StatusOr<std::string> NameOf(absl::string_view who, absl::string_view method,
                                     absl::string_view request) const;
  using Names = std::map<std::string, std::string, std::less<>>;
  static std::string FillFrom(const Names& names, absl::string_view text);

  Server& server_;
  Names names_;
  Names credentials_;
};

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_LIB_WORLD_H_
