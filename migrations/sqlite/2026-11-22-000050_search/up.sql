-- Full-text indexes. Tokens come ready-made and stand between blanks; only tokens and their positions are kept. The rowid is the id of the
-- post or account, whose deletion takes the row with it.
CREATE VIRTUAL TABLE post_index USING fts5 (
  tokens,
  content = '',
  contentless_delete = 1,
  tokenize = "ascii tokenchars '#@.:_-'"
);
CREATE TRIGGER post_index_follows AFTER DELETE ON posts BEGIN
  DELETE FROM post_index WHERE rowid = old.id;
END;

CREATE VIRTUAL TABLE account_index USING fts5 (
  tokens,
  content = '',
  contentless_delete = 1,
  prefix = '1 2 3',
  tokenize = "ascii tokenchars '#@.:_-'"
);
CREATE TRIGGER account_index_follows AFTER DELETE ON accounts BEGIN
  DELETE FROM account_index WHERE rowid = old.id;
END;

-- What is there already is indexed by jobs. Ids this small are never given to others.
INSERT INTO jobs (id, kind, payload, run_at, attempts, created_at)
SELECT 50, 'index_search', '{"index":"accounts","after":"0"}', 0, 0, 0 WHERE EXISTS (SELECT 1 FROM accounts);
INSERT INTO jobs (id, kind, payload, run_at, attempts, created_at)
SELECT 51, 'index_search', '{"index":"posts","before":"9223372036854775807","of":null}', 0, 0, 0 WHERE EXISTS (SELECT 1 FROM posts);
