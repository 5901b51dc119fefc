-- The agenda and who speaks. `participant` and the like are numbers as text, as filters compare them.
CREATE TABLE agenda_items (
  dialogue_uid $ID NOT NULL,
  number $INT64 NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, number)
) $TABLE_BY_KEY;

CREATE TABLE speaker_requests (
  dialogue_uid $ID NOT NULL,
  number $INT64 NOT NULL,
  state $INT64 NOT NULL,
  kind $INT64 NOT NULL,
  participant $TEXT(20) NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, number)
) $TABLE_BY_KEY;

-- `ballot_count` grows with ballots, which change nothing else of the row.
CREATE TABLE polls (
  dialogue_uid $ID NOT NULL,
  number $INT64 NOT NULL,
  state $INT64 NOT NULL,
  method $INT64 NOT NULL,
  agenda_item $TEXT(20),
  ballot_count $INT64 NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, number)
) $TABLE_BY_KEY;

-- Ballots of polls that are not anonymous.
CREATE TABLE ballots (
  dialogue_uid $ID NOT NULL,
  poll $INT64 NOT NULL,
  participant $INT64 NOT NULL,
  ballot $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, poll, participant)
) $TABLE_BY_KEY;
CREATE INDEX ballots_by_participant ON ballots (dialogue_uid, participant);

-- Anonymous polls keep who has voted apart from what was voted, in one row a poll: bits by participant, the lowest of the
-- first byte being number 0. Rows of their own would lie in the file in the order of voting. Ballots are keyed, and so
-- ordered, by random numbers. Neither table has a time or a sequence that the other could be joined by.
CREATE TABLE anonymous_voters (
  dialogue_uid $ID NOT NULL,
  poll $INT64 NOT NULL,
  voters $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, poll)
) $TABLE_BY_KEY;
CREATE TABLE anonymous_ballots (
  dialogue_uid $ID NOT NULL,
  poll $INT64 NOT NULL,
  lot $BYTES(16) NOT NULL,
  ballot $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, poll, lot)
) $TABLE_BY_KEY;

CREATE TABLE decisions (
  dialogue_uid $ID NOT NULL,
  number $INT64 NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, number)
) $TABLE_BY_KEY;

-- Dates are texts, YYYY-MM-DD. `remind_date` is the first day on which somebody is to be reminded; NULL once that was done,
-- or where nothing is left to do.
CREATE TABLE action_items (
  dialogue_uid $ID NOT NULL,
  number $INT64 NOT NULL,
  state $INT64 NOT NULL,
  decision $TEXT(20),
  owner $TEXT(800) NOT NULL,
  due_date $TEXT(10),
  remind_date $TEXT(10),
  reminder_due $INT64 NOT NULL,
  progress_percent $INT64 NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, number)
) $TABLE_BY_KEY;
CREATE INDEX action_items_by_decision ON action_items (dialogue_uid, decision);
CREATE INDEX action_items_to_remind ON action_items (remind_date);
