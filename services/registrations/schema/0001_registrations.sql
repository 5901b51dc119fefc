-- One row an event that anybody registered for: the lock under which its seats are given, and how
-- far its rules are known here.
CREATE TABLE seat_events (
  event_uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  event_id $TEXT(63) NOT NULL,
  applied_revision $INT64 NOT NULL,
  limit_revision $INT64 NOT NULL,
  limit_until $INT64 NOT NULL,
  ending $INT64 NOT NULL,
  ending_actor $TEXT(160) NOT NULL,
  waiting_count $INT64 NOT NULL
) $TABLE_BY_KEY;
CREATE INDEX seat_events_by_name ON seat_events (organizer, event_id);
CREATE INDEX seat_events_by_ending ON seat_events (ending);

CREATE TABLE seat_pools (
  event_uid $ID NOT NULL,
  pool $TEXT(80) NOT NULL,
  seats $INT64,
  taken $INT64 NOT NULL,
  pending $INT64 NOT NULL,
  held_allotments $INT64 NOT NULL,
  held_invitations $INT64 NOT NULL,
  waiting $INT64 NOT NULL,
  forced $INT64 NOT NULL,
  PRIMARY KEY (event_uid, pool)
) $TABLE_BY_KEY;

CREATE TABLE registrations (
  event_uid $ID NOT NULL,
  uid $ID NOT NULL,
  state $INT64 NOT NULL,
  category $TEXT(63) NOT NULL,
  attendance_mode $INT64 NOT NULL,
  people $INT64 NOT NULL,
  email_key $TEXT(320) NOT NULL,
  partner $TEXT(63) NOT NULL,
  priority $INT64 NOT NULL,
  create_time $INT64 NOT NULL,
  update_time $INT64 NOT NULL,
  confirm_time $INT64,
  search $LONGTEXT NOT NULL,
  message $BLOB NOT NULL,
  PRIMARY KEY (event_uid, uid)
) $TABLE_BY_KEY;
-- With the state, it answers alone whether an address is taken: SQLite would otherwise rather read all of the event's
-- registrations than look up several addresses.
CREATE INDEX registrations_by_email ON registrations (event_uid, email_key, state);

-- Those who wait, in their order: queue_rank is the priority with its sign turned round.
CREATE TABLE waiting (
  event_uid $ID NOT NULL,
  queue_rank $INT64 NOT NULL,
  uid $ID NOT NULL,
  people $INT64 NOT NULL,
  category $TEXT(63) NOT NULL,
  attendance_mode $INT64 NOT NULL,
  PRIMARY KEY (event_uid, queue_rank, uid)
) $TABLE_BY_KEY;
