-- Times are microseconds UTC (BIGINT); lists and small objects are JSON in TEXT; '' in accounts.domain means "here".

CREATE TABLE nodes (
  id INTEGER PRIMARY KEY NOT NULL,
  holder TEXT NOT NULL,
  leased_until BIGINT NOT NULL
);

CREATE TABLE settings (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY NOT NULL,
  username TEXT NOT NULL,
  username_lower TEXT NOT NULL,
  domain TEXT NOT NULL,
  uri TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  kind TEXT NOT NULL,
  display_name TEXT NOT NULL,
  note TEXT NOT NULL,
  note_source TEXT NOT NULL,
  fields TEXT NOT NULL,
  emojis TEXT NOT NULL,
  avatar TEXT,
  avatar_description TEXT NOT NULL,
  header TEXT,
  header_description TEXT NOT NULL,
  is_locked BOOLEAN NOT NULL,
  is_discoverable BOOLEAN NOT NULL,
  is_indexable BOOLEAN NOT NULL,
  hides_collections BOOLEAN NOT NULL,
  inbox_url TEXT NOT NULL,
  shared_inbox_url TEXT,
  outbox_url TEXT,
  followers_url TEXT,
  following_url TEXT,
  featured_url TEXT,
  also_known_as TEXT NOT NULL,
  moved_to_uri TEXT,
  default_visibility TEXT NOT NULL,
  default_sensitive BOOLEAN NOT NULL,
  default_language TEXT,
  followers_count BIGINT NOT NULL,
  following_count BIGINT NOT NULL,
  statuses_count BIGINT NOT NULL,
  last_status_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  fetched_at BIGINT,
  suspended_at BIGINT,
  deleted_at BIGINT
);
CREATE UNIQUE INDEX accounts_handle ON accounts (username_lower, domain);
CREATE INDEX accounts_domain ON accounts (domain, id);

CREATE TABLE public_keys (
  key_id TEXT PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  algorithm TEXT NOT NULL,
  public_der BLOB NOT NULL,
  fetched_at BIGINT NOT NULL
);
CREATE INDEX public_keys_account ON public_keys (account_id);

CREATE TABLE private_keys (
  key_id TEXT PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  algorithm TEXT NOT NULL,
  pkcs8 BLOB NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX private_keys_account ON private_keys (account_id);

CREATE TABLE users (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  email_lower TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  locale TEXT,
  totp_secret TEXT,
  totp_confirmed_at BIGINT,
  totp_last_step BIGINT,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TABLE team_members (
  id INTEGER PRIMARY KEY NOT NULL,
  brand_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  handles_direct BOOLEAN NOT NULL,
  added_by BIGINT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX team_members_pair ON team_members (brand_id, user_id);
CREATE INDEX team_members_user ON team_members (user_id);

CREATE TABLE acting_records (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  app_id BIGINT,
  verb TEXT NOT NULL,
  subject TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX acting_records_account ON acting_records (account_id, id);

CREATE TABLE setup_links (
  token_hash TEXT PRIMARY KEY NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE oauth_apps (
  id INTEGER PRIMARY KEY NOT NULL,
  client_id TEXT NOT NULL UNIQUE,
  secret_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  website TEXT,
  redirect_uris TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE oauth_codes (
  code_hash TEXT PRIMARY KEY NOT NULL,
  app_id BIGINT NOT NULL REFERENCES oauth_apps (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  code_challenge TEXT,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  token_id BIGINT
);

CREATE TABLE oauth_tokens (
  id INTEGER PRIMARY KEY NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  app_id BIGINT NOT NULL REFERENCES oauth_apps (id) ON DELETE CASCADE,
  user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
  account_id BIGINT REFERENCES accounts (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX oauth_tokens_user ON oauth_tokens (user_id);
CREATE INDEX oauth_tokens_account ON oauth_tokens (account_id);

CREATE TABLE posts (
  id INTEGER PRIMARY KEY NOT NULL,
  uri TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  is_local BOOLEAN NOT NULL,
  kind TEXT NOT NULL,
  visibility TEXT NOT NULL,
  title TEXT,
  content TEXT NOT NULL,
  source TEXT,
  spoiler_text TEXT NOT NULL,
  is_sensitive BOOLEAN NOT NULL,
  language TEXT,
  in_reply_to_id BIGINT,
  in_reply_to_uri TEXT,
  in_reply_to_account_id BIGINT,
  thread_id BIGINT NOT NULL,
  boost_of_id BIGINT REFERENCES posts (id) ON DELETE CASCADE,
  poll_id BIGINT,
  mentions TEXT NOT NULL,
  tags TEXT NOT NULL,
  emojis TEXT NOT NULL,
  media TEXT NOT NULL,
  app_id BIGINT,
  acted_by BIGINT,
  replies_count BIGINT NOT NULL,
  boosts_count BIGINT NOT NULL,
  favourites_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  edited_at BIGINT,
  deleted_at BIGINT
);
CREATE INDEX posts_account ON posts (account_id, id);
CREATE INDEX posts_thread ON posts (thread_id, id);
CREATE INDEX posts_reply ON posts (in_reply_to_id, id);
CREATE INDEX posts_reply_uri ON posts (in_reply_to_uri);
CREATE INDEX posts_boost ON posts (boost_of_id, account_id);
CREATE INDEX posts_visibility ON posts (visibility, id);

CREATE TABLE post_mentions (
  post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (post_id, account_id)
) WITHOUT ROWID;
CREATE INDEX post_mentions_account ON post_mentions (account_id, post_id);

CREATE TABLE tags (
  id INTEGER PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE post_tags (
  tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  PRIMARY KEY (tag_id, post_id)
) WITHOUT ROWID;
CREATE INDEX post_tags_post ON post_tags (post_id);

CREATE TABLE post_edits (
  id INTEGER PRIMARY KEY NOT NULL,
  post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  content TEXT NOT NULL,
  source TEXT,
  spoiler_text TEXT NOT NULL,
  is_sensitive BOOLEAN NOT NULL,
  media TEXT NOT NULL,
  poll_options TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX post_edits_post ON post_edits (post_id, id);

CREATE TABLE tombstones (
  uri TEXT PRIMARY KEY NOT NULL,
  actor_uri TEXT NOT NULL,
  deleted_at BIGINT NOT NULL
);

CREATE TABLE polls (
  id INTEGER PRIMARY KEY NOT NULL,
  post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  options TEXT NOT NULL,
  tallies TEXT NOT NULL,
  is_multiple BOOLEAN NOT NULL,
  hides_totals BOOLEAN NOT NULL,
  voters_count BIGINT NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL
);

CREATE TABLE poll_votes (
  id INTEGER PRIMARY KEY NOT NULL,
  poll_id BIGINT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  choice INTEGER NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX poll_votes_once ON poll_votes (poll_id, account_id, choice);

-- What one account did with one post: favourite, boost, bookmark, pin, mute (of the thread).
CREATE TABLE marks (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  uri TEXT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX marks_once ON marks (account_id, post_id, kind);
CREATE INDEX marks_post ON marks (post_id, kind, id);
CREATE INDEX marks_account ON marks (account_id, kind, id);
CREATE INDEX marks_uri ON marks (uri);

CREATE TABLE media (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  post_id BIGINT,
  kind TEXT NOT NULL,
  storage_key TEXT NOT NULL,
  preview_key TEXT NOT NULL,
  content_type TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  preview_width INTEGER NOT NULL,
  preview_height INTEGER NOT NULL,
  blurhash TEXT,
  description TEXT,
  focus_x DOUBLE NOT NULL,
  focus_y DOUBLE NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX media_post ON media (post_id);
CREATE INDEX media_account ON media (account_id, id);

CREATE TABLE follows (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  uri TEXT NOT NULL,
  shows_boosts BOOLEAN NOT NULL,
  notifies BOOLEAN NOT NULL,
  languages TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX follows_pair ON follows (account_id, target_id);
CREATE INDEX follows_target ON follows (target_id, state, id);
CREATE INDEX follows_account ON follows (account_id, state, id);
CREATE INDEX follows_uri ON follows (uri);

CREATE TABLE blocks (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  uri TEXT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX blocks_pair ON blocks (account_id, target_id);
CREATE INDEX blocks_target ON blocks (target_id);

CREATE TABLE mutes (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  hides_notifications BOOLEAN NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX mutes_pair ON mutes (account_id, target_id);

-- Rules of the server for other domains; severity: suspend, or allow in allow-list mode.
CREATE TABLE domain_rules (
  domain TEXT PRIMARY KEY NOT NULL,
  severity TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE lists (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  replies_policy TEXT NOT NULL,
  is_exclusive BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX lists_account ON lists (account_id, id);

CREATE TABLE list_accounts (
  list_id BIGINT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (list_id, account_id)
) WITHOUT ROWID;

-- Home timelines are written when a post arrives: a read is one index range.
CREATE TABLE home_entries (
  account_id BIGINT NOT NULL,
  post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, post_id)
) WITHOUT ROWID;
CREATE INDEX home_entries_post ON home_entries (post_id);

CREATE TABLE notifications (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  from_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  post_id BIGINT REFERENCES posts (id) ON DELETE CASCADE,
  group_key TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE UNIQUE INDEX notifications_once ON notifications (account_id, from_id, kind, post_id);
CREATE INDEX notifications_post ON notifications (post_id);

CREATE TABLE markers (
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  timeline TEXT NOT NULL,
  last_read_id BIGINT NOT NULL,
  version INTEGER NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, timeline)
) WITHOUT ROWID;

-- Threads of direct messages as the Mastodon API shows them ("conversations" there).
CREATE TABLE direct_threads (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  thread_id BIGINT NOT NULL,
  participants TEXT NOT NULL,
  last_post_id BIGINT NOT NULL,
  is_unread BOOLEAN NOT NULL,
  is_hidden BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX direct_threads_once ON direct_threads (account_id, thread_id);
CREATE INDEX direct_threads_last ON direct_threads (account_id, last_post_id);

CREATE TABLE idempotency_keys (
  token_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  post_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (token_id, key)
) WITHOUT ROWID;

-- What happened, for streams and for other processes; written in the transaction that caused it.
CREATE TABLE events (
  id INTEGER PRIMARY KEY NOT NULL,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  leased_until BIGINT,
  leased_by TEXT,
  attempts INTEGER NOT NULL,
  last_error TEXT,
  parked_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (run_at, id);

CREATE TABLE inbox_items (
  id INTEGER PRIMARY KEY NOT NULL,
  dedupe_key TEXT NOT NULL UNIQUE,
  actor_uri TEXT NOT NULL,
  activity_uri TEXT NOT NULL,
  activity_type TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at BIGINT NOT NULL,
  leased_until BIGINT,
  leased_by TEXT,
  last_error TEXT,
  received_at BIGINT NOT NULL
);
CREATE INDEX inbox_items_due ON inbox_items (state, due_at, id);
CREATE INDEX inbox_items_received ON inbox_items (received_at);

CREATE TABLE activities (
  id INTEGER PRIMARY KEY NOT NULL,
  uri TEXT NOT NULL UNIQUE,
  actor_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  object_uri TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX activities_object ON activities (object_uri, id);

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY NOT NULL,
  activity_id BIGINT NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
  inbox_url TEXT NOT NULL,
  host TEXT NOT NULL,
  order_key TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at BIGINT NOT NULL,
  leased_until BIGINT,
  leased_by TEXT,
  last_status INTEGER,
  last_error TEXT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (activity_id, inbox_url);
CREATE INDEX deliveries_due ON deliveries (state, due_at, id);
CREATE INDEX deliveries_order ON deliveries (host, order_key, id);

CREATE TABLE hosts (
  host TEXT PRIMARY KEY NOT NULL,
  state TEXT NOT NULL,
  since BIGINT NOT NULL,
  failures INTEGER NOT NULL,
  failed_days INTEGER NOT NULL,
  last_failed_day INTEGER,
  gone_answers INTEGER NOT NULL,
  gone_since BIGINT,
  html_answers INTEGER NOT NULL,
  next_probe_at BIGINT,
  signature_scheme TEXT NOT NULL,
  last_success_at BIGINT,
  last_failure_at BIGINT,
  last_error TEXT
);
