"""A mention before it has a canonical name, and the record of what is already told."""

from typing import NamedTuple

from services.contracts.messages import EntityType


class Mention(NamedTuple):
    """A span of the text that names something; `name` where the recogniser knows a fuller one."""

    type: EntityType
    start: int
    end: int
    name: str | None = None
    adcode: str | None = None


class Claims:
    """Mentions that do not overlap; who claims first keeps the span."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)
        self.mentions: list[Mention] = []

    def is_free(self, start: int, end: int) -> bool:
        """Return whether nothing in [start, end) is claimed."""
        return not any(self._taken[start:end])

    def claim(self, mention: Mention) -> bool:
        """Add `mention` unless it is empty or overlaps another; return whether it was added."""
        if mention.start >= mention.end or not self.is_free(mention.start, mention.end):
            return False
        self._taken[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
        self.mentions.append(mention)
        return True

    def floor(self, end: int) -> int:
        """Return the end of the last claimed span before `end`."""
        return self._taken.rfind(b"\x01", 0, end) + 1
