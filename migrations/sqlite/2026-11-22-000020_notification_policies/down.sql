DROP INDEX notifications_filtered;
ALTER TABLE notifications DROP COLUMN is_filtered;
DROP TABLE notification_policies;
