-- What a page says about itself, one row for each address that posts link to. State: waiting until it was asked for
-- once, ready when there is something to show, empty when there is not.
CREATE TABLE preview_cards (
  id BIGINT PRIMARY KEY NOT NULL,
  url TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  language TEXT,
  author_name TEXT NOT NULL,
  author_url TEXT NOT NULL,
  author_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
  provider_name TEXT NOT NULL,
  provider_url TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  image_url TEXT,
  image_key TEXT,
  blurhash TEXT,
  published_at BIGINT,
  asked_at BIGINT NOT NULL,
  fetched_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX preview_cards_author ON preview_cards (author_id);
CREATE INDEX preview_cards_created ON preview_cards (created_at);

CREATE TABLE post_cards (
  post_id BIGINT PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  card_id BIGINT NOT NULL REFERENCES preview_cards (id) ON DELETE CASCADE
);
CREATE INDEX post_cards_card ON post_cards (card_id, post_id);
