-- Which parts a profile shows, and the sites that may name the account as an author (a JSON list of domains).
ALTER TABLE accounts ADD COLUMN shows_media BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE accounts ADD COLUMN shows_media_replies BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE accounts ADD COLUMN shows_featured BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE accounts ADD COLUMN attribution_domains TEXT NOT NULL DEFAULT '[]';
