ALTER TABLE installation DROP COLUMN secret;
