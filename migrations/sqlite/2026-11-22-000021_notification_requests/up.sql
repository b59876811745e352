-- Whose notifications pass whatever the policy says: senders who were accepted.
CREATE TABLE notification_permissions (
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  from_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, from_id)
) WITHOUT ROWID;
CREATE INDEX notification_permissions_from ON notification_permissions (from_id);

-- Senders whose posts are kept aside until somebody decides.
CREATE TABLE notification_requests (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  from_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notification_requests_pair ON notification_requests (account_id, from_id);
CREATE INDEX notification_requests_page ON notification_requests (account_id, id);
CREATE INDEX notification_requests_from ON notification_requests (from_id);
