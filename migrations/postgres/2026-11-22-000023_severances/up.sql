-- Follows that ended because of a block of a whole server or a suspension, summed up for the account that lost them.
CREATE TABLE severances (
  id BIGINT PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  target_name TEXT NOT NULL,
  followers_count BIGINT NOT NULL,
  following_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX severances_account ON severances (account_id, id);

-- What a notification is about when that is no post: a severance, for one.
ALTER TABLE notifications ADD COLUMN subject_id BIGINT;
