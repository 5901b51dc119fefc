-- One record for every change of state; see ../README.md.
CREATE TABLE changes (
  -- SQLite's one writer gives ids in commit order: there the id is the sequence.
  id $AUTO_ID,
  -- MySQL: stamped after COMMIT, NULL until then. SQLite: always NULL.
  sequence $INT64,
  change_time $INT64 NOT NULL,
  organizer $TEXT(63) NOT NULL,
  -- Empty if the resource is no partner's.
  partner $TEXT(63) NOT NULL,
  resource $TEXT(500) NOT NULL,
  resource_type $TEXT(100) NOT NULL,
  kind $INT64 NOT NULL,
  new_state $TEXT(100),
  actor $TEXT(250) NOT NULL,
  cause $TEXT(100) NOT NULL,
  -- colloquy.changes.v1.Change with what has no column.
  record $BLOB NOT NULL
) $TABLE;
CREATE UNIQUE INDEX changes_by_sequence ON changes (sequence) $WHERE_SET(sequence);
CREATE INDEX changes_by_organizer ON changes (organizer, sequence);

CREATE TABLE feed_state (
  id $INT64 NOT NULL PRIMARY KEY,
  -- MySQL: the sequence to give next. Whoever locks the row stamps.
  next_sequence $INT64 NOT NULL,
  purged_through $INT64 NOT NULL
) $TABLE;
INSERT INTO feed_state (id, next_sequence, purged_through) VALUES (1, 1, 0);

-- How far this service got in the feeds of others.
CREATE TABLE feed_cursors (
  feed $TEXT(100) NOT NULL PRIMARY KEY,
  position $INT64 NOT NULL
) $TABLE;
