// Records of a guest list, read as invitations. What a list may hold, and in which words it is
// refused.
//
// Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_IMPORT_RECORDS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_IMPORT_RECORDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::registrations::rules {

// What is wrong with an import by itself: fingerprint, columns, lengths.
std::vector<errors::FieldViolation> CheckImport(const v1::StartInvitationImportRequest& import);

// Tells imports of the same list with the same columns and options from all others: 32 bytes.
std::string ImportFingerprint(const v1::StartInvitationImportRequest& import);

// One record, read.
struct ReadRecord {
  // REJECTED with its reason, or without a verdict yet.
  v1::RecordVerdict verdict;
  // As organisers give it, party_size 0 where the record has none, and its guest's address, folded;
  // of one that was not rejected.
  v1::Invitation invitation;
  std::string email_key;

  bool rejected() const { return verdict.verdict() == v1::RecordVerdict::REJECTED; }
};

// White space around cells, and line breaks in all but notes and placeholders, mean nothing. Case
// means nothing in country codes. The first fault counts, the address's before all others: who
// mends a list looks there first.
ReadRecord ReadImportRecord(const v1::StartInvitationImportRequest& import,
                            const v1::ImportRecord& record);

// A rejection by what is found out later.
v1::RecordVerdict Reject(v1::RecordVerdict::Reason reason, int column, absl::string_view message);

// Puts what a record says into an invitation that was made before; false if that is nothing new.
// An empty cell says nothing. Category, reservation and time of expiry are what the invitation was
// made with, and stay.
bool Merge(const v1::Invitation& record, v1::Invitation& invitation);

// Adds a verdict to the counts.
void Count(const v1::RecordVerdict& verdict, v1::InvitationImportResult& result);

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_IMPORT_RECORDS_H_
