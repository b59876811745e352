ALTER TABLE notifications DROP COLUMN subject_id;
DROP TABLE severances;
