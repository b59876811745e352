-- Which notifications an account wants; no row: the defaults. Values: accept, filter, drop.
CREATE TABLE notification_policies (
  account_id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  for_not_following TEXT NOT NULL,
  for_not_followers TEXT NOT NULL,
  for_new_accounts TEXT NOT NULL,
  for_private_mentions TEXT NOT NULL,
  for_limited_accounts TEXT NOT NULL
);

-- Kept aside: shown only where somebody asks for it.
ALTER TABLE notifications ADD COLUMN is_filtered BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX notifications_filtered ON notifications (account_id, from_id) WHERE is_filtered;
