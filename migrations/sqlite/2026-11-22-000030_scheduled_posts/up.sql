-- Posts that are to be published later, by the person and with the app that asked for it.
CREATE TABLE scheduled_posts (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL,
  app_id BIGINT,
  scheduled_at BIGINT NOT NULL,
  params TEXT NOT NULL,
  failed_at BIGINT,
  failure TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX scheduled_posts_account ON scheduled_posts (account_id, id);
CREATE INDEX scheduled_posts_day ON scheduled_posts (account_id, scheduled_at);

-- The scheduled post that holds a file.
ALTER TABLE media ADD COLUMN scheduled_id BIGINT;
CREATE INDEX media_scheduled ON media (scheduled_id);

-- What was made under a key is a post or, until it is published, a scheduled one.
CREATE INDEX idempotency_keys_post ON idempotency_keys (post_id);
