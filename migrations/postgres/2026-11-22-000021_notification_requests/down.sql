DROP TABLE notification_requests;
DROP TABLE notification_permissions;
