"""The `parkwire` command, also `python -m services.cli`.

Exit status: 0 done; 1 it could not be done (the reason on one line of standard error); 2 the call
was wrong.
"""

import sys
from importlib import import_module
from typing import Final, NoReturn

import asyncpg
import typer
from aiokafka.errors import KafkaConnectionError, KafkaError

from services.cli.errors import CommandError
from services.cli.guarded import ServerError
from services.runtime.settings import KafkaSettings, SettingsError

_REASONS = (
    CommandError,
    ServerError,
    SettingsError,
    KafkaError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)

_BROKEN_PIPE = 141
"""What a shell reports of a program that SIGPIPE ended."""


_MODULES: Final = {
    "demo": "demo",
    "add": "add",
    "sources": "frontier",
    "hosts": "frontier",
    "inspect": "inspect",
    "projects": "query",
    "articles": "query",
    "amounts": "query",
    "stories": "query",
    "parks": "query",
    "dead-letters": "dead_letters",
    "replay": "replay",
    "templates": "templates",
    "topics": "operate",
    "migrate": "migrate",
    "status": "operate",
}
"""The module of each sub-command, in the order of the help."""


def make_app(command: str | None = None) -> typer.Typer:
    """Return the command with all its sub-commands, or with those of the module of `command`.

    To import all modules takes seconds, most of them for libraries that one command does not need.
    """
    app = typer.Typer(
        name="parkwire",
        help="Chinese industrial-park and investment news, from source URLs to rows.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)  # a command of its own, even with a single sub-command
    modules = [_MODULES[command]] if command in _MODULES else dict.fromkeys(_MODULES.values())
    for module in modules:
        import_module(f"services.cli.{module}").register(app)
    return app


def main() -> None:
    """Run the command line and exit."""
    try:
        make_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(_BROKEN_PIPE)
    except KafkaConnectionError:
        servers = KafkaSettings().bootstrap_servers
        _give_up(f"no broker answers (PARKWIRE_KAFKA_BOOTSTRAP_SERVERS): {servers}")
    except _REASONS as error:
        _give_up(str(error))


def _give_up(reason: str) -> NoReturn:
    print(f"parkwire: {' '.join(reason.split())}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
