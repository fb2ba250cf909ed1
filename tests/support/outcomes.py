"""A bad message, and how it must end."""

from dataclasses import dataclass
from typing import Final

STORED: Final = "stored"
NO_ARTICLE: Final = "no article"
EITHER: Final = "either"
"""An article or none: which of the two is a matter of taste, as long as it is one."""


@dataclass(frozen=True)
class Bad:
    """Bytes for a topic, and their outcome: one of the above, or the reason of a dead letter."""

    topic: str
    value: bytes | None
    outcome: str
    schema: str | None = None
    at: str | None = None
    """URL of the article that may come of it; None: that of the case's page."""
