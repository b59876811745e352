-- What accounts do not want to meet. `contexts` is a JSON list of places.
CREATE TABLE filters (
  id BIGINT PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  contexts TEXT NOT NULL,
  action TEXT NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX filters_account ON filters (account_id, id);

CREATE TABLE filter_keywords (
  id BIGINT PRIMARY KEY NOT NULL,
  filter_id BIGINT NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
  keyword TEXT NOT NULL,
  is_whole_word BOOLEAN NOT NULL
);
CREATE INDEX filter_keywords_filter ON filter_keywords (filter_id, id);

CREATE TABLE filter_posts (
  id BIGINT PRIMARY KEY NOT NULL,
  filter_id BIGINT NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
  post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX filter_posts_pair ON filter_posts (filter_id, post_id);
CREATE INDEX filter_posts_post ON filter_posts (post_id);

-- Changes with every change of the account's filters; 0 while there are none, so that most readers ask for nothing.
ALTER TABLE accounts ADD COLUMN filters_version BIGINT NOT NULL DEFAULT 0;
