"""Dead letters: a message as it came, with the reason in its headers.

The key, the value and the original headers stay as they were; the headers named here are added.
`parkwire dead-letters replay` removes them again and sends the rest to where it came from.
"""

from enum import StrEnum
from typing import Final

REASON: Final = "dead-reason"
SERVICE: Final = "dead-service"
VERSION: Final = "dead-version"
EXCEPTION: Final = "dead-exception"
DETAIL: Final = "dead-detail"
TOPIC: Final = "dead-topic"
PARTITION: Final = "dead-partition"
OFFSET: Final = "dead-offset"
TIMESTAMP: Final = "dead-timestamp"
FIRST_FAILED_AT: Final = "dead-first-failed-at"
ATTEMPT: Final = "dead-attempt"
"""How many times it has failed; stays with a replayed message, so that it keeps counting."""

LEFT_OUT: Final = "dead-value-left-out"
"""Size of a value that is too large for any message; it lies where topic and offset say."""

DROPS: Final = "dead-drops"
"""Marks a record that is no dead letter: its value names those that an operator has dropped, as a
JSON list of `partition-offset`."""

OF_THIS_FAILURE: Final = frozenset(
    {REASON, SERVICE, VERSION, EXCEPTION, DETAIL, TOPIC, PARTITION, OFFSET, TIMESTAMP, LEFT_OUT}
)
"""What a replay removes; the time of the first failure and the attempts stay with the message."""

DETAIL_LENGTH: Final = 500
"""Characters of an exception's message that a header carries."""


class Reason(StrEnum):
    """Why a message cannot be processed, whoever tries."""

    UNDECODABLE = "undecodable"
    """The bytes are not what their schema says."""
    UNREADABLE = "unreadable"
    """The record itself is broken (a header's name, a checksum): only its place is known."""
    UNKNOWN_SCHEMA = "unknown_schema"
    """Another schema, or a version newer than the reader."""
    INVALID = "invalid"
    """It can be read, but what it says cannot be acted on (a source that is no http(s) URL)."""
    STEP_FAILED = "step_failed"
    """The step raised an exception for it."""
    WORKER_DIED = "worker_died"
    """It killed its worker process: a crash, too much memory or too much time."""
    TOO_LARGE = "too_large"
    """What became of it does not fit into a message."""
    UNSTORABLE = "unstorable"
    """The database refuses its row."""
    UNFETCHABLE = "unfetchable"
    """A source that cannot be fetched and will not be: refused, gone or failed too often."""
