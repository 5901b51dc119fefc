-- Long-running operations: what they were asked, how far they are, and what came of them. Whoever holds the
-- lease works on one; after a crash it lapses and somebody else goes on at the cursor.
CREATE TABLE operations (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  done $INT64 NOT NULL,
  cancel_requested $INT64 NOT NULL,
  lease_until $INT64 NOT NULL,
  resume_after $ID NOT NULL,
  create_time $INT64 NOT NULL,
  metadata $BLOB NOT NULL,
  operation $BLOB NOT NULL
) $TABLE_BY_KEY;
CREATE INDEX operations_by_organizer ON operations (organizer, uid);
CREATE INDEX operations_by_done ON operations (done, lease_until);
