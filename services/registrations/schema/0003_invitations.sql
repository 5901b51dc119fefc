-- What invitations need to know of an event: when it starts (0: not known yet), how many invitations it ever had, how
-- many of them end at its start without an answer, and, while there are such, the start again, to find it by.
ALTER TABLE seat_events ADD COLUMN start_time $INT64 NOT NULL DEFAULT 0;
ALTER TABLE seat_events ADD COLUMN invitation_count $INT64 NOT NULL DEFAULT 0;
ALTER TABLE seat_events ADD COLUMN ending_at_start $INT64 NOT NULL DEFAULT 0;
ALTER TABLE seat_events ADD COLUMN sweep_time $INT64;
CREATE INDEX seat_events_by_sweep ON seat_events (sweep_time);

-- `ended` is empty while an invitation is live, and its uid afterwards: one live invitation an event and address.
-- `held` are the seats that it reserves now. `import_uid` and `import_record` are the record that last wrote it.
CREATE TABLE invitations (
  event_uid $ID NOT NULL,
  uid $ID NOT NULL,
  state $INT64 NOT NULL,
  guest_group $TEXT(200) NOT NULL,
  category $TEXT(63) NOT NULL,
  attendance_mode $INT64 NOT NULL,
  people $INT64 NOT NULL,
  held $INT64 NOT NULL,
  email_key $TEXT(320) NOT NULL,
  ended $BYTES(16) NOT NULL,
  import_uid $BYTES(16) NOT NULL,
  import_record $INT64 NOT NULL,
  create_time $INT64 NOT NULL,
  update_time $INT64 NOT NULL,
  answer_time $INT64,
  search $LONGTEXT NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (event_uid, uid)
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX invitations_by_email ON invitations (event_uid, email_key, ended);
CREATE INDEX invitations_by_state ON invitations (event_uid, state);
CREATE INDEX invitations_by_group ON invitations (event_uid, guest_group);
CREATE INDEX invitations_by_update ON invitations (event_uid, update_time);

-- How many there are, kept by whoever changes them, so that nobody counts a million.
CREATE TABLE invitation_counts (
  event_uid $ID NOT NULL,
  guest_group $TEXT(200) NOT NULL,
  state $INT64 NOT NULL,
  invitations $INT64 NOT NULL,
  people $INT64 NOT NULL,
  PRIMARY KEY (event_uid, guest_group, state)
) $TABLE_BY_KEY;

-- Open invitations that end at a time of their own. Those that end at the event's start are not here.
CREATE TABLE invitation_expiries (
  expire_time $INT64 NOT NULL,
  event_uid $ID NOT NULL,
  uid $ID NOT NULL,
  PRIMARY KEY (expire_time, event_uid, uid)
) $TABLE_BY_KEY;

-- Addresses that an organizer must not write to.
CREATE TABLE suppressions (
  organizer $TEXT(63) NOT NULL,
  email_key $TEXT(320) NOT NULL,
  uid $ID NOT NULL,
  source $INT64 NOT NULL,
  create_time $INT64 NOT NULL,
  email $TEXT(320) NOT NULL,
  PRIMARY KEY (organizer, email_key)
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX suppressions_by_uid ON suppressions (organizer, uid);

-- Operations of other kinds than 0, VerifyAllSeats, have no worker here.
ALTER TABLE operations ADD COLUMN kind $INT64 NOT NULL DEFAULT 0;

-- Imports of guest lists, beside their operations. `fingerprint` is that of list, columns and options; `held` are the
-- seats that a dry run would have reserved.
CREATE TABLE invitation_imports (
  operation_uid $ID NOT NULL PRIMARY KEY,
  event_uid $ID NOT NULL,
  fingerprint $BYTES(32) NOT NULL,
  done $INT64 NOT NULL,
  resume_time $INT64 NOT NULL,
  resume_count $INT64 NOT NULL,
  held $INT64 NOT NULL,
  request $BLOB NOT NULL
) $TABLE_BY_KEY;
CREATE INDEX invitation_imports_by_list ON invitation_imports (event_uid, fingerprint);

-- The answers that an import's runs of records got.
CREATE TABLE invitation_import_runs (
  operation_uid $ID NOT NULL,
  first_record $INT64 NOT NULL,
  fingerprint $BYTES(32) NOT NULL,
  response $BLOB NOT NULL,
  PRIMARY KEY (operation_uid, first_record)
) $TABLE_BY_KEY;

-- Addresses that an import met without writing an invitation, with the record that was first: to tell duplicates.
CREATE TABLE invitation_import_addresses (
  operation_uid $ID NOT NULL,
  email_key $TEXT(320) NOT NULL,
  record $INT64 NOT NULL,
  PRIMARY KEY (operation_uid, email_key)
) $TABLE_BY_KEY;
