-- One row a dialogue: the lock of everything in it, its counters, and its state, so that whoever votes reads no message.
-- Children are keyed by dialogue and number; numbers come from the counters here.
CREATE TABLE rooms (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  dialogue_id $TEXT(63) NOT NULL,
  state $INT64 NOT NULL,
  vote_sequence $INT64 NOT NULL,
  next_participant $INT64 NOT NULL,
  participant_count $INT64 NOT NULL,
  next_statement $INT64 NOT NULL,
  statement_count $INT64 NOT NULL,
  next_agenda_item $INT64 NOT NULL,
  next_speaker_request $INT64 NOT NULL,
  next_poll $INT64 NOT NULL,
  next_decision $INT64 NOT NULL,
  next_action_item $INT64 NOT NULL,
  next_moderation $INT64 NOT NULL,
  import_run $INT64 NOT NULL,
  link_generation $INT64 NOT NULL
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX rooms_by_name ON rooms (organizer, dialogue_id);

-- What is said of a dialogue, apart from its room: texts change seldom and are long.
CREATE TABLE dialogues (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  dialogue_id $TEXT(63) NOT NULL,
  state $INT64 NOT NULL,
  event $TEXT(160),
  create_time $INT64 NOT NULL,
  update_time $INT64 NOT NULL,
  search $LONGTEXT NOT NULL,
  message $BLOB NOT NULL
) $TABLE_BY_KEY;
CREATE INDEX dialogues_by_organizer ON dialogues (organizer, uid);
CREATE INDEX dialogues_by_update ON dialogues (organizer, update_time);
CREATE INDEX dialogues_by_event ON dialogues (event);

-- `email_key`, `registration` and `seat_key` (what a browser that joined by the join link is known by) are empty where
-- there is none.
CREATE TABLE participants (
  dialogue_uid $ID NOT NULL,
  number $INT64 NOT NULL,
  state $INT64 NOT NULL,
  viewer $INT64 NOT NULL,
  link_generation $INT64 NOT NULL,
  seat_key $BYTES(32) NOT NULL,
  email_key $TEXT(320) NOT NULL,
  registration $TEXT(250) NOT NULL,
  stakeholder_type $TEXT(63),
  language_code $TEXT(64),
  search $LONGTEXT NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, number)
) $TABLE_BY_KEY;
CREATE INDEX participants_by_seat ON participants (dialogue_uid, seat_key);
CREATE INDEX participants_by_email ON participants (dialogue_uid, email_key);
CREATE INDEX participants_by_registration ON participants (registration);

-- `author` is the number of the participant. `text_key` is the hash of the words as they are compared (rules/texts.h).
CREATE TABLE statements (
  dialogue_uid $ID NOT NULL,
  number $INT64 NOT NULL,
  state $INT64 NOT NULL,
  seed $INT64 NOT NULL,
  meta $INT64 NOT NULL,
  author $TEXT(20),
  language_code $TEXT(64) NOT NULL,
  text_key $BYTES(32) NOT NULL,
  create_time $INT64 NOT NULL,
  search $LONGTEXT NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, number)
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX statements_by_text ON statements (dialogue_uid, text_key);
CREATE INDEX statements_by_author ON statements (dialogue_uid, author);

CREATE TABLE moderation_entries (
  dialogue_uid $ID NOT NULL,
  sequence $INT64 NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, sequence)
) $TABLE_BY_KEY;
