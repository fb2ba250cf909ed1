"""The `parkwire` command, which alone composes the services, and the line it can start."""
