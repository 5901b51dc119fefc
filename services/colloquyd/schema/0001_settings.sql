-- What all replicas of a service share and the first of them makes up.
CREATE TABLE settings (
  name $TEXT(64) NOT NULL PRIMARY KEY,
  value $BLOB NOT NULL
) $TABLE;
