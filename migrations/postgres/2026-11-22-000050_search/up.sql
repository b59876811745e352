-- Full-text indexes. Tokens come ready-made with their positions; only they are kept. The rowid is the id of the post or account, whose
-- deletion takes the row with it.
CREATE TABLE post_index (
  rowid BIGINT PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  tokens TSVECTOR NOT NULL
);
-- A search reads the list of pending entries from end to end, so it is kept short (kB).
CREATE INDEX post_index_tokens ON post_index USING GIN (tokens) WITH (gin_pending_list_limit = 256);
-- How common a token is decides whether the newest posts are looked through or the index is asked.
ALTER TABLE post_index ALTER COLUMN tokens SET STATISTICS 500;

CREATE TABLE account_index (
  rowid BIGINT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  tokens TSVECTOR NOT NULL
);
CREATE INDEX account_index_tokens ON account_index USING GIN (tokens) WITH (gin_pending_list_limit = 256);

-- Compares bytes: names that begin so, whatever the collation of the database.
CREATE INDEX tags_name_begins ON tags (name text_pattern_ops);

-- What is there already is indexed by jobs. Ids this small are never given to others.
INSERT INTO jobs (id, kind, payload, run_at, attempts, created_at)
SELECT 50, 'index_search', '{"index":"accounts","after":"0"}', 0, 0, 0 WHERE EXISTS (SELECT 1 FROM accounts);
INSERT INTO jobs (id, kind, payload, run_at, attempts, created_at)
SELECT 51, 'index_search', '{"index":"posts","before":"9223372036854775807","of":null}', 0, 0, 0 WHERE EXISTS (SELECT 1 FROM posts);
