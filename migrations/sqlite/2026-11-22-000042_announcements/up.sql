-- What those who run the server tell everybody on it.
CREATE TABLE announcements (
  id INTEGER PRIMARY KEY NOT NULL,
  source TEXT NOT NULL,
  content TEXT NOT NULL,
  mentions TEXT NOT NULL,
  tags TEXT NOT NULL,
  emojis TEXT NOT NULL,
  posts TEXT NOT NULL,
  starts_at BIGINT,
  ends_at BIGINT,
  is_all_day BOOLEAN NOT NULL,
  published_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE announcement_dismissals (
  announcement_id BIGINT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (announcement_id, account_id)
) WITHOUT ROWID;
CREATE INDEX announcement_dismissals_account ON announcement_dismissals (account_id);

CREATE TABLE announcement_reactions (
  id INTEGER PRIMARY KEY NOT NULL,
  announcement_id BIGINT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX announcement_reactions_once ON announcement_reactions (announcement_id, name, account_id);
CREATE INDEX announcement_reactions_account ON announcement_reactions (account_id);
