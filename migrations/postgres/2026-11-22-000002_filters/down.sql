ALTER TABLE accounts DROP COLUMN filters_version;
DROP TABLE filter_posts;
DROP TABLE filter_keywords;
DROP TABLE filters;
