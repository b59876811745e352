-- Domains that somebody wants to see nothing of; exactly these, not their sub-domains.
CREATE TABLE account_domain_blocks (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  domain TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_domain_blocks_pair ON account_domain_blocks (account_id, domain);
CREATE INDEX account_domain_blocks_account ON account_domain_blocks (account_id, id);
