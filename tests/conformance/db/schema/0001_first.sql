-- Every type of the dialect; "things" holds one of each.
CREATE TABLE things (
  id $TEXT(64) NOT NULL PRIMARY KEY,
  n $INT64,
  u $UINT64,
  d $DOUBLE,
  t $LONGTEXT,
  b $BLOB,
  k $BYTES(32)
) $TABLE;

CREATE TABLE counters (
  id $ID NOT NULL PRIMARY KEY,
  n $INT64 NOT NULL,
  word $TEXT(20) NOT NULL DEFAULT 'a;b ''c'''  -- a ; in quotes ends nothing
) $TABLE_BY_KEY;
