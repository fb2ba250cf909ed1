"""The one way in which a command says that it could not do what it was told."""


class CommandError(Exception):
    """Ends a command with status 1 and this reason, on one line of standard error."""
