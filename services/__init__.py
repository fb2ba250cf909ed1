"""parkwire: a streaming line from a source URL to rows in PostgreSQL."""
