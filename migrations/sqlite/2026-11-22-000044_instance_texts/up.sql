-- What the server says about itself at length. Terms have one row for each day from which they hold, other texts one
-- row with an empty day.
CREATE TABLE instance_texts (
  kind TEXT NOT NULL,
  effective_on TEXT NOT NULL,
  source TEXT NOT NULL,
  content TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (kind, effective_on)
) WITHOUT ROWID;

-- The rules for people; those that were withdrawn stay for reports that name them.
CREATE TABLE instance_rules (
  id INTEGER PRIMARY KEY NOT NULL,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  hint TEXT NOT NULL,
  translations TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  withdrawn_at BIGINT
);

-- Who was here in which week (counted from the epoch, weeks begin on Monday UTC).
CREATE TABLE active_weeks (
  week BIGINT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (week, user_id)
) WITHOUT ROWID;
CREATE INDEX active_weeks_user ON active_weeks (user_id);
