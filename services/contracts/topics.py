"""The topics: their names, keys, partitions, retention and sizes.

They are created by one explicit, idempotent step (`services.runtime.topics`), never by accident.
"""

from dataclasses import dataclass
from typing import Final

_DAY = 24 * 3600 * 1000
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the settings it is created with."""

    name: str
    partitions: int
    retention_ms: int
    """-1 keeps for ever."""
    max_message_bytes: int
    compacted: bool = False
    """Whether the newest message of every key is kept, for as long as the retention says."""

    @property
    def cleanup_policy(self) -> str:
        """What Kafka does with old messages."""
        return "compact,delete" if self.compacted else "delete"


SOURCES: Final = Topic("sources", partitions=6, retention_ms=30 * _DAY, max_message_bytes=_MIB)
# A page carries its body: at most 10 MiB decoded, and a little around it.
PAGES: Final = Topic("pages", partitions=12, retention_ms=7 * _DAY, max_message_bytes=12 * _MIB)
ARTICLES: Final = Topic(
    "articles", partitions=12, retention_ms=7 * _DAY, max_message_bytes=12 * _MIB
)
FACTS: Final = Topic("facts", partitions=12, retention_ms=7 * _DAY, max_message_bytes=24 * _MIB)
# A table of few small rows that every cleaner reads as a whole; one partition keeps its order.
TEMPLATES: Final = Topic(
    "templates", partitions=1, retention_ms=120 * _DAY, max_message_bytes=_MIB, compacted=True
)
# Anything can end here, with its original bytes, until an operator has decided about it.
DEAD_LETTERS: Final = Topic(
    "dead-letters", partitions=6, retention_ms=-1, max_message_bytes=25 * _MIB
)

TOPICS: Final = (SOURCES, PAGES, ARTICLES, TEMPLATES, FACTS, DEAD_LETTERS)
