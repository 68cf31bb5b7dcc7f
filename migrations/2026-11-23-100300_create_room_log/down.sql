DROP TABLE room_log;
DROP FUNCTION room_log_is_append_only();
