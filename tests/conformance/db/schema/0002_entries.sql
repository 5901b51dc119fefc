CREATE TABLE entries (
  seq $AUTO_ID,
  at $INT64 NOT NULL
) $TABLE;
ALTER TABLE things ADD COLUMN note $TEXT(100);
CREATE INDEX things_by_n ON things (n);
