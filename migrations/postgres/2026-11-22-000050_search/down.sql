DELETE FROM jobs WHERE kind = 'index_search';
DROP INDEX tags_name_begins;
DROP TABLE account_index;
DROP TABLE post_index;
