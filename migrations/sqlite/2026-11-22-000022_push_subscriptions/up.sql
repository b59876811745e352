-- Where notifications are pushed to, one for each token. The token is kept as text because apps find the account in a push by it;
-- the row goes when the token ends. The keys are the app's (RFC 8291), in URL-safe base64 without padding.
CREATE TABLE push_subscriptions (
  id INTEGER PRIMARY KEY NOT NULL,
  token_id BIGINT NOT NULL UNIQUE REFERENCES oauth_tokens (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  access_token TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  is_standard BOOLEAN NOT NULL,
  alerts TEXT NOT NULL,
  policy TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_account ON push_subscriptions (account_id);
