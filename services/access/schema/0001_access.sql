-- Organizers, partners and keys: what is looked up, filtered and sorted by in columns, the resource itself as
-- its serialized message. `organizer` is the id of the organizer that a row belongs to.
CREATE TABLE organizers (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  id $TEXT(63) NOT NULL,
  display_name $TEXT(800) NOT NULL,
  create_time $INT64 NOT NULL,
  revision $INT64 NOT NULL,
  message $BLOB NOT NULL
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX organizers_by_id ON organizers (organizer, id);

CREATE TABLE partners (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  id $TEXT(63) NOT NULL,
  display_name $TEXT(800) NOT NULL,
  create_time $INT64 NOT NULL,
  revision $INT64 NOT NULL,
  message $BLOB NOT NULL
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX partners_by_id ON partners (organizer, id);

-- The uid is the public half of the credential. Secrets are kept as their SHA-256.
CREATE TABLE api_keys (
  uid $ID NOT NULL PRIMARY KEY,
  organizer $TEXT(63) NOT NULL,
  id $TEXT(63) NOT NULL,
  display_name $TEXT(800) NOT NULL,
  create_time $INT64 NOT NULL,
  revision $INT64 NOT NULL,
  message $BLOB NOT NULL,
  role $INT64 NOT NULL,
  partner $TEXT(63) NOT NULL,
  expire_time $INT64,
  revoke_time $INT64,
  secret_hash $BYTES(32) NOT NULL,
  previous_hash $BYTES(32),
  previous_expire_time $INT64
) $TABLE_BY_KEY;
CREATE UNIQUE INDEX api_keys_by_id ON api_keys (organizer, id);
CREATE INDEX api_keys_by_partner ON api_keys (organizer, partner);
