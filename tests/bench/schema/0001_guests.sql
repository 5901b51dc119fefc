-- A guest list as a table, to compare its import with.
CREATE TABLE guests (
  id $AUTO_ID,
  given_name $TEXT(200) NOT NULL,
  family_name $TEXT(200) NOT NULL,
  email $TEXT(320) NOT NULL,
  organisation $TEXT(200) NOT NULL,
  country $TEXT(2) NOT NULL,
  language $TEXT(64) NOT NULL,
  guest_group $TEXT(200) NOT NULL
) $TABLE;
