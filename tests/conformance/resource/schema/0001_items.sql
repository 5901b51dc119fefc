CREATE TABLE items (
  id $INT64 NOT NULL PRIMARY KEY, time $INT64, seats $INT64, open $INT64, state $INT64,
  code $TEXT(64), title $TEXT(64), more $TEXT(64), tags $TEXT(64)
) $TABLE;
CREATE TABLE languages (id $INT64 NOT NULL, tag $TEXT(64) NOT NULL) $TABLE;
CREATE INDEX languages_id ON languages (id);
