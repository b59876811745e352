-- Hashtags that somebody follows: their public posts enter the home timeline.
CREATE TABLE tag_follows (
  id BIGINT PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tag_follows_pair ON tag_follows (tag_id, account_id);
CREATE INDEX tag_follows_account ON tag_follows (account_id, id);
