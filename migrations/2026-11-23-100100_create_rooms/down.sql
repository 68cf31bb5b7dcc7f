DROP TABLE sessions, room_roles, rooms, programmes;
