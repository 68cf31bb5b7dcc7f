#!/bin/sh
# Runs once, when the database cluster is made: the servers' role owns its database and is no superuser, so that no
# statement of theirs reads files, starts programs or looks at rows that were deleted. The superuser is left without a
# password and can be reached from inside this container only.
set -eu
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" --username postgres --dbname postgres <<'SQL'
CREATE ROLE plenary LOGIN PASSWORD :'password';
CREATE DATABASE plenary OWNER plenary;
REVOKE ALL ON DATABASE plenary FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
