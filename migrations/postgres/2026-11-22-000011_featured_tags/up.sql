-- Hashtags that somebody shows on their profile; name is as they wrote it, the counts are of their posts for everybody.
CREATE TABLE featured_tags (
  id BIGINT PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  posts_count BIGINT NOT NULL,
  last_post_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX featured_tags_pair ON featured_tags (account_id, tag_id);
CREATE INDEX featured_tags_tag ON featured_tags (tag_id);
