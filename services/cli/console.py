"""Where commands print for a person."""

import sys
from typing import Final

from rich.console import Console

_FILE_WIDTH: Final = 130


def console() -> Console:
    """Return a console of the terminal's width; a file or a pipe has none, and gets a wide one."""
    return Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)
