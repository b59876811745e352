DELETE FROM jobs WHERE kind = 'index_search';
DROP TRIGGER account_index_follows;
DROP TABLE account_index;
DROP TRIGGER post_index_follows;
DROP TABLE post_index;
