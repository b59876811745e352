-- Small pictures that people here can write by name. Files of removed ones stay: posts may show them.
CREATE TABLE custom_emojis (
  id INTEGER PRIMARY KEY NOT NULL,
  shortcode TEXT NOT NULL UNIQUE,
  category TEXT,
  file_key TEXT NOT NULL,
  still_key TEXT NOT NULL,
  is_listed BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
