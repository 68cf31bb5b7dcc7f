DROP TABLE room_screens, screens;
