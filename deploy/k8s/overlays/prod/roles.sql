-- What deploy/postgres/10-roles.sh does for the other stacks; a test compares the two. Here the
-- operator makes the owner, and gives the other roles the passwords of their Secrets.
CREATE ROLE parkwire_crawler LOGIN;
CREATE ROLE parkwire_store LOGIN;
CREATE ROLE parkwire_reader LOGIN;

REVOKE ALL ON DATABASE parkwire FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE parkwire TO parkwire_crawler, parkwire_store, parkwire_reader;

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE SCHEMA frontier AUTHORIZATION parkwire_owner;
GRANT USAGE ON SCHEMA frontier TO parkwire_crawler;
ALTER DEFAULT PRIVILEGES FOR ROLE parkwire_owner IN SCHEMA frontier
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO parkwire_crawler;
ALTER DEFAULT PRIVILEGES FOR ROLE parkwire_owner IN SCHEMA frontier
  GRANT USAGE, SELECT ON SEQUENCES TO parkwire_crawler;

CREATE SCHEMA parkwire AUTHORIZATION parkwire_owner;
GRANT USAGE ON SCHEMA parkwire TO parkwire_store;
ALTER DEFAULT PRIVILEGES FOR ROLE parkwire_owner IN SCHEMA parkwire
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO parkwire_store;
ALTER DEFAULT PRIVILEGES FOR ROLE parkwire_owner IN SCHEMA parkwire
  GRANT USAGE, SELECT ON SEQUENCES TO parkwire_store;

GRANT USAGE ON SCHEMA frontier, parkwire TO parkwire_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE parkwire_owner IN SCHEMA frontier
  GRANT SELECT ON TABLES TO parkwire_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE parkwire_owner IN SCHEMA parkwire
  GRANT SELECT ON TABLES TO parkwire_reader;
ALTER ROLE parkwire_reader SET default_transaction_read_only = on;
