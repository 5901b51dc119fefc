-- One mail to many people. `resume_after` is the last invitation that has its delivery; `work` is 1 while the mailing has
-- deliveries to be made or, once it was cancelled, to be taken back, and NULL afterwards. The counts of its deliveries by
-- state are kept by whoever changes them.
CREATE TABLE mailings (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  event_uid $ID NOT NULL,
  event_id $TEXT(63) NOT NULL,
  state $INT64 NOT NULL,
  work $INT64,
  expanded $INT64 NOT NULL,
  resume_after $ID NOT NULL,
  create_time $INT64 NOT NULL,
  end_time $INT64,
  queued $INT64 NOT NULL,
  claimed $INT64 NOT NULL,
  sent $INT64 NOT NULL,
  retry $INT64 NOT NULL,
  failed $INT64 NOT NULL,
  suppressed $INT64 NOT NULL,
  actor $TEXT(320) NOT NULL,
  filter $LONGTEXT NOT NULL
) $TABLE;
CREATE INDEX mailings_by_organizer ON mailings (organizer, uid);
CREATE INDEX mailings_by_work ON mailings (work);

-- One message to one recipient. `due_time` is when it is to be sent, NULL unless it waits for that; `worker` is the
-- dispatcher that is sending it, NULL unless one is.
CREATE TABLE deliveries (
  uid $ID NOT NULL PRIMARY KEY,
  mailing_uid $ID NOT NULL,
  organizer $TEXT(63) NOT NULL,
  event_uid $ID NOT NULL,
  invitation_uid $ID NOT NULL,
  state $INT64 NOT NULL,
  due_time $INT64,
  worker $BYTES(16),
  attempts $INT64 NOT NULL,
  smtp_code $INT64 NOT NULL,
  uncertain $INT64 NOT NULL,
  create_time $INT64 NOT NULL,
  update_time $INT64 NOT NULL,
  email_key $TEXT(320) NOT NULL,
  email $TEXT(320) NOT NULL,
  message_id $TEXT(400) NOT NULL,
  reason $TEXT(500) NOT NULL
) $TABLE;
CREATE INDEX deliveries_by_mailing ON deliveries (mailing_uid, uid);
CREATE INDEX deliveries_by_organizer ON deliveries (organizer, uid);
CREATE INDEX deliveries_by_state ON deliveries (mailing_uid, state, update_time);
CREATE INDEX deliveries_by_due ON deliveries (due_time);
CREATE INDEX deliveries_by_worker ON deliveries (worker);

-- The dispatchers that live, and until when others believe it without hearing of them.
CREATE TABLE dispatchers (
  uid $ID NOT NULL PRIMARY KEY,
  lease_until $INT64 NOT NULL
) $TABLE_BY_KEY;
