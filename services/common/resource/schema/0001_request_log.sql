-- Answers to requests that carried a request_id (AIP-155). Rows are appended and purged in the order of their ids; only
-- the narrow index on request_key is written at random.
CREATE TABLE request_log (
  id $AUTO_ID,
  create_time $INT64 NOT NULL,
  request_key $BYTES(32) NOT NULL,  -- 16 bytes of the caller's hash, 16 of the request id
  fingerprint $BYTES(32) NOT NULL,
  method $TEXT(128) NOT NULL,
  response $BLOB NOT NULL
) $TABLE;
CREATE UNIQUE INDEX request_log_key ON request_log (request_key);
