"""Encoding and decoding of messages, with their schema named in the headers.

A page is MessagePack, since it carries raw bytes; everything else is JSON, so that a person can
read a topic with any Kafka client. A source may also be a bare URL without headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from services.contracts.messages import Article, Facts, Message, Page, PageLines, Source

M = TypeVar("M", bound=Struct)

JSON: Final = "application/json"
MSGPACK: Final = "application/msgpack"

SCHEMA_HEADER: Final = "schema"
CONTENT_TYPE_HEADER: Final = "content-type"

_MOST_DIGITS = 18


def header_number(text: str | None) -> int | None:
    """Return the number that a header's value is, or None; no header has more than 18 digits."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        return None
    return int(text)


class UndecodableError(ValueError):
    """The bytes are not what their schema says."""


class UnknownSchemaError(ValueError):
    """The message is of a schema or version that this reader does not know."""


@dataclass(frozen=True, slots=True)
class Schema(Generic[M]):
    """A message type on the wire: its name, the newest version, and its encoding."""

    name: str
    version: int
    type: type[M]
    content_type: str

    @property
    def id(self) -> str:
        """The value of the schema header."""
        return f"parkwire.{self.name}/{self.version}"

    def encode(self, message: M) -> bytes:
        """Return the message's bytes."""
        if self.content_type == MSGPACK:
            return msgspec.msgpack.encode(message)
        return msgspec.json.encode(message)

    def headers(self) -> dict[str, str]:
        """Return the headers that say how to read the bytes."""
        return {SCHEMA_HEADER: self.id, CONTENT_TYPE_HEADER: self.content_type}

    def decode(self, value: bytes | None, headers: Mapping[str, str]) -> M:
        """Return the message in `value`.

        Every version up to this one is read; unknown fields are ignored.

        Raises:
            UnknownSchemaError: the schema header names another schema or a newer version.
            UndecodableError: the bytes are no such message.
        """
        self._check(headers.get(SCHEMA_HEADER))
        if not value:
            raise UndecodableError("an empty message")
        try:
            return self._read(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UndecodableError(f"not a {self.id}: {error}") from error

    def _read(self, value: bytes) -> M:
        if self.content_type == MSGPACK:
            return msgspec.msgpack.decode(value, type=self.type)
        return msgspec.json.decode(value, type=self.type)

    def _check(self, schema: str | None) -> None:
        if schema is None:
            return
        name, _, version = schema.rpartition("/")
        number = header_number(version) or 0
        if name != f"parkwire.{self.name}" or not 1 <= number <= self.version:
            raise UnknownSchemaError(f"{schema[:100]!r}, where {self.id} is expected")


class _SourceSchema(Schema[Source]):
    """A source without headers may be a bare URL, as any Kafka client can send it."""

    def _read(self, value: bytes) -> Source:
        stripped = value.strip()
        if stripped.startswith((b"{", b"[", b'"')):
            return msgspec.json.decode(stripped, type=Source)
        return Source(url=stripped.decode("utf-8"))


SOURCE: Final = _SourceSchema("source", 1, Source, JSON)
PAGE: Final = Schema("page", 1, Page, MSGPACK)
ARTICLE: Final = Schema("article", 1, Article, JSON)
PAGE_LINES: Final = Schema("page-lines", 1, PageLines, JSON)
FACTS: Final = Schema("facts", 1, Facts, JSON)

SCHEMAS: Final[tuple[Schema[Any], ...]] = (SOURCE, PAGE, ARTICLE, PAGE_LINES, FACTS)


def schema_of(message: Message) -> Schema[Any]:
    """Return the schema that `message` is sent with."""
    return next(schema for schema in SCHEMAS if schema.type is type(message))
