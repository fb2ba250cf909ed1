"""Where commands print for a person."""

import re
import sys
from typing import Final

from rich.console import Console
from rich.markup import escape

_FILE_WIDTH: Final = 130
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def console() -> Console:
    """Return a console of the terminal's width; a file or a pipe has none, and gets a wide one."""
    return Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)


def printable(text: str) -> str:
    """Return `text` without what moves the cursor or turns the direction of writing."""
    return _UNPRINTABLE.sub(" ", text)


def as_markup(text: str) -> str:
    """Return `text`, made printable, as rich's markup for itself."""
    return escape(printable(text))
