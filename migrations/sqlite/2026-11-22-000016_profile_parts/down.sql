ALTER TABLE accounts DROP COLUMN attribution_domains;
ALTER TABLE accounts DROP COLUMN shows_featured;
ALTER TABLE accounts DROP COLUMN shows_media_replies;
ALTER TABLE accounts DROP COLUMN shows_media;
