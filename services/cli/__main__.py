"""The `parkwire` command, also `python -m services.cli`.

Exit status: 0 done; 1 it could not be done (the reason on one line of standard error); 2 the call
was wrong.
"""

import sys

import alembic.util
import asyncpg
import typer
from aiokafka.errors import KafkaError

from services.cli import (
    add,
    dead_letters,
    demo,
    frontier,
    inspect,
    operate,
    query,
    replay,
    templates,
)
from services.cli.errors import CommandError
from services.cli.guarded import ServerError
from services.runtime.settings import SettingsError

_REASONS = (
    CommandError,
    ServerError,
    SettingsError,
    KafkaError,
    OSError,
    alembic.util.CommandError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)

_BROKEN_PIPE = 141
"""What a shell reports of a program that SIGPIPE ended."""


def make_app() -> typer.Typer:
    """Return the command with all its sub-commands."""
    app = typer.Typer(
        name="parkwire",
        help="Chinese industrial-park and investment news, from source URLs to rows.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for commands in (demo, add, frontier, inspect, query, dead_letters, replay, templates, operate):
        commands.register(app)
    return app


def main() -> None:
    """Run the command line and exit."""
    try:
        make_app()()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(_BROKEN_PIPE)
    except _REASONS as error:
        print(f"parkwire: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
