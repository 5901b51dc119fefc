-- Answers to requests that carried a request_id (AIP-155). Rows lie in the order of time: they are
-- appended and purged at the ends, and only the narrow index on request_key is written at random.
CREATE TABLE request_log (
  create_time $INT64 NOT NULL,
  request_key $BYTES(32) NOT NULL,  -- 16 bytes of the caller's hash, 16 of the request id
  fingerprint $BYTES(32) NOT NULL,
  method $TEXT(128) NOT NULL,
  response $BLOB NOT NULL,
  PRIMARY KEY (create_time, request_key)
) $TABLE_BY_KEY;

CREATE UNIQUE INDEX request_log_key ON request_log (request_key);
