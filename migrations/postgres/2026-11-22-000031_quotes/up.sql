-- Which post quotes which, and whether the quoted author agreed. quoted_id is empty once the quoted post is gone.
CREATE TABLE quotes (
  id BIGINT PRIMARY KEY NOT NULL,
  post_id BIGINT NOT NULL UNIQUE REFERENCES posts (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  quoted_id BIGINT REFERENCES posts (id) ON DELETE SET NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX quotes_quoted ON quotes (quoted_id, id);
CREATE INDEX quotes_account ON quotes (account_id);

ALTER TABLE posts ADD COLUMN quote_id BIGINT;
ALTER TABLE posts ADD COLUMN quotes_count BIGINT NOT NULL DEFAULT 0;
-- Who may quote it. What says nothing may be quoted by nobody but its author.
ALTER TABLE posts ADD COLUMN quote_policy TEXT NOT NULL DEFAULT 'nobody';
-- What this server has told others of its posts so far.
UPDATE posts SET quote_policy = 'public' WHERE is_local AND boost_of_id IS NULL AND visibility IN ('public', 'unlisted');

ALTER TABLE accounts ADD COLUMN default_quote_policy TEXT NOT NULL DEFAULT 'public';
