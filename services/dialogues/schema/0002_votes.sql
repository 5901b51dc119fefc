-- The log of votes, only ever appended to: the last one of a participant and statement counts. `value`: 1 agrees, 0 passes,
-- -1 disagrees, NULL takes the vote back.
CREATE TABLE votes (
  dialogue_uid $ID NOT NULL,
  sequence $INT64 NOT NULL,
  participant $INT64 NOT NULL,
  statement $INT64 NOT NULL,
  value $INT64,
  vote_time $INT64 NOT NULL,
  PRIMARY KEY (dialogue_uid, sequence)
) $TABLE_BY_KEY;
CREATE INDEX votes_by_participant ON votes (dialogue_uid, participant, sequence);

-- How opinion stood at some votes: the analysis without anybody's position.
CREATE TABLE opinion_snapshots (
  dialogue_uid $ID NOT NULL,
  vote_sequence $INT64 NOT NULL,
  opinion $BLOB NOT NULL,
  PRIMARY KEY (dialogue_uid, vote_sequence)
) $TABLE;

-- What the published method remembers from one analysis to the next, as of a vote.
CREATE TABLE opinion_histories (
  dialogue_uid $ID NOT NULL PRIMARY KEY,
  vote_sequence $INT64 NOT NULL,
  history $BLOB NOT NULL
) $TABLE;
