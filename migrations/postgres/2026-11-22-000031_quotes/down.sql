ALTER TABLE accounts DROP COLUMN default_quote_policy;
ALTER TABLE posts DROP COLUMN quote_policy;
ALTER TABLE posts DROP COLUMN quotes_count;
ALTER TABLE posts DROP COLUMN quote_id;
DROP TABLE quotes;
