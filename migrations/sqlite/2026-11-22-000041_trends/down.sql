DROP INDEX marks_recent;
DROP TABLE trend_refusals;
DROP TABLE trends;
