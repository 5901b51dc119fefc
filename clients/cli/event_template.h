// The commented file that `colloquy events template` prints.
#ifndef COLLOQUY_CLIENTS_CLI_EVENT_TEMPLATE_H_
#define COLLOQUY_CLIENTS_CLI_EVENT_TEMPLATE_H_

namespace colloquy::cli {

inline constexpr char kEventTemplate[] =
    R"(# An event, for: colloquy events create ID --file event.yaml
title: {texts: {en: "Laser workshop", de: "Laser-Workshop"}}
summary: {texts: {en: "An afternoon with lasers."}}
defaultLanguage: en
# RESEARCH_DIALOGUE, WORKSHOP, TRAINING, CONFERENCE, BROKERAGE, WEBINAR
kind: WORKSHOP
# IN_PERSON, ONLINE, HYBRID
mode: IN_PERSON
# PUBLIC, UNLISTED, INVITATION_ONLY
visibility: PUBLIC
languages: [en, de]
topics: [lasers, optics]
# Start and end on the clock in this zone.
timeZone: Europe/Berlin
civilStart: "2027-03-09T14:00:00"
civilEnd: "2027-03-09T17:00:00"
venue:
  displayName: Town hall
  room: Great hall
  address: {regionCode: DE, locality: Jena, postalCode: "07743", addressLines: [Markt 1]}
# onlineUri: https://meet.example.org/lasers    # for ONLINE and HYBRID; confirmed people see it
websiteUri: https://www.example.org/lasers
contactEmail: office@example.org
registration:
  capacity: 40
  # Deadlines: a time, or so long before the start.
  close: {beforeStart: 86400s}
  # NONE, ALL, BY_CATEGORY
  approval: NONE
  # order: STRICT or FILL_GAPS
  waitingList: {mode: ON, order: STRICT}
  maxPartySize: 1
  # allowedDomains: [example.org]
categories:
  - {id: regular, title: {texts: {en: Regular}}, quota: 30}
  - {id: student, title: {texts: {en: Student}}, quota: 10, audience: students}
# What people are asked: TEXT, LONG_TEXT, CHOICE, MULTI_CHOICE, NUMBER, DATE, COUNTRY,
# ORGANISATION, CONSENT, FILE_REFERENCE
form:
  - {id: company, type: ORGANISATION, label: {texts: {en: Your organisation}}, required: true}
annotations: {costCentre: "4711"}
)";

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_EVENT_TEMPLATE_H_
