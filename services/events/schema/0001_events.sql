-- Columns for what is filtered, sorted or looked up; the rest is in the serialized message. Lists of words stand
-- between spaces (" de en "), texts are folded, unset fields are NULL.
CREATE TABLE events (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  id $TEXT(63) NOT NULL,
  state $INT64 NOT NULL,
  published $INT64 NOT NULL,
  kind $INT64 NOT NULL,
  attendance $INT64 NOT NULL,
  visibility $INT64 NOT NULL,
  start_time $INT64 NOT NULL,
  end_time $INT64 NOT NULL,
  country $TEXT(2),
  city $TEXT(800),
  series $TEXT(63),
  default_language $TEXT(64) NOT NULL,
  languages $LONGTEXT,
  topics $LONGTEXT,
  search $LONGTEXT NOT NULL,
  create_time $INT64 NOT NULL,
  update_time $INT64 NOT NULL,
  revision $INT64 NOT NULL,
  message $BLOB NOT NULL
) $TABLE;
CREATE UNIQUE INDEX events_by_id ON events (organizer, id);
-- What is usually filtered by stands in the index, so that rows that do not match are never read. SQLite can do that
-- with rowid tables only.
CREATE INDEX events_by_start ON events (organizer, start_time, uid, state, kind, country, end_time, published,
  visibility, attendance);
CREATE INDEX events_by_country ON events (organizer, country, start_time, uid, state, kind, end_time, published,
  visibility, attendance);
CREATE INDEX events_public ON events (visibility, published, start_time, uid, state, kind, country, end_time);

CREATE TABLE sessions (
  event_uid $ID NOT NULL,
  uid $ID NOT NULL,
  id $TEXT(63) NOT NULL,
  start_time $INT64 NOT NULL,
  end_time $INT64 NOT NULL,
  room $TEXT(800),
  track $TEXT(800),
  dialogue $TEXT(160),
  search $LONGTEXT NOT NULL,
  revision $INT64 NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (event_uid, uid)
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX sessions_by_id ON sessions (event_uid, id);
