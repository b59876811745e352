-- Accounts that somebody does not want to be suggested again.
CREATE TABLE suggestion_dismissals (
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, target_id)
);
CREATE INDEX suggestion_dismissals_target ON suggestion_dismissals (target_id);

-- What suggestions and the directory read accounts by.
CREATE INDEX accounts_discoverable_active ON accounts (is_discoverable, last_status_at, id);
CREATE INDEX accounts_discoverable_new ON accounts (is_discoverable, id);
CREATE INDEX accounts_discoverable_active_here ON accounts (domain, is_discoverable, last_status_at, id);
CREATE INDEX accounts_discoverable_new_here ON accounts (domain, is_discoverable, id);
