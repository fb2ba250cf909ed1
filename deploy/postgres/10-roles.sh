#!/bin/sh
# Runs once, when the database is created: the roles and the schemas, so that each service can reach
# its own tables and no others. `parkwire migrate` runs as the owner and creates the tables.
# A role's name and password stand in its DSN, the same file that its service reads.
set -eu

of() { # FIELD DSN_NAME: user or password in postgresql://user:password@…
  dsn=$(cat "/run/secrets/$2")
  dsn=${dsn#*://}
  dsn=${dsn%%@*}
  case $1 in user) echo "${dsn%%:*}" ;; password) echo "${dsn#*:}" ;; esac
}

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
  --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
  --set database="$POSTGRES_DB" \
  --set owner="$(of user owner_dsn)" --set owner_password="$(of password owner_dsn)" \
  --set crawler="$(of user crawler_dsn)" --set crawler_password="$(of password crawler_dsn)" \
  --set store="$(of user store_dsn)" --set store_password="$(of password store_dsn)" \
  --set reader="$(of user reader_dsn)" --set reader_password="$(of password reader_dsn)" \
  --set monitor_password="$(cat /run/secrets/monitor_password)" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"crawler" LOGIN PASSWORD :'crawler_password';
CREATE ROLE :"store" LOGIN PASSWORD :'store_password';
CREATE ROLE :"reader" LOGIN PASSWORD :'reader_password';

ALTER DATABASE :"database" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"crawler", :"store", :"reader";

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE SCHEMA frontier AUTHORIZATION :"owner";
GRANT USAGE ON SCHEMA frontier TO :"crawler";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA frontier
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"crawler";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA frontier
  GRANT USAGE, SELECT ON SEQUENCES TO :"crawler";

CREATE SCHEMA parkwire AUTHORIZATION :"owner";
GRANT USAGE ON SCHEMA parkwire TO :"store";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA parkwire
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"store";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA parkwire
  GRANT USAGE, SELECT ON SEQUENCES TO :"store";

-- For people and dashboards: everything may be read, nothing changed.
GRANT USAGE ON SCHEMA frontier, parkwire TO :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA frontier
  GRANT SELECT ON TABLES TO :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA parkwire
  GRANT SELECT ON TABLES TO :"reader";
ALTER ROLE :"reader" SET default_transaction_read_only = on;

-- For an exporter of metrics: the server's own statistics, and no row of ours.
CREATE ROLE parkwire_monitor LOGIN PASSWORD :'monitor_password';
GRANT pg_monitor TO parkwire_monitor;
GRANT CONNECT ON DATABASE :"database" TO parkwire_monitor;
SQL
