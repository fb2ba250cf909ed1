"""A pure step as a function from record to outcome, ready to run in another process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Concatenate, Generic, TypeVar

from msgspec import Struct

from services.contracts.codec import Schema, UnknownSchemaError
from services.contracts.dead_letters import Reason
from services.contracts.messages import Message
from services.runtime.outcome import Outcome, Record, done, failure

M = TypeVar("M", bound=Struct)


@dataclass(frozen=True, slots=True)
class Product:
    """What a step makes of one message."""

    messages: Sequence[Message]
    found: Mapping[str, int]
    """Counts for the metric of yields, by what was found (`articles`, `amounts`, …)."""


@dataclass(frozen=True, slots=True)
class Transform(Generic[M]):
    """Decode, step, encode. Never raises: what goes wrong is the outcome."""

    reads: Schema[M]
    step: Callable[Concatenate[M, ...], Product]
    """Given the message, and what lies beside its record."""
    warm_up: Callable[[], None]
    """Loads what the step needs (dictionaries, tables), once per process, before the first."""

    def __call__(self, record: Record) -> Outcome:
        """Return the outcome of one record."""
        try:
            message = self.reads.decode(record.value, record.headers)
        except UnknownSchemaError as error:
            return failure(Reason.UNKNOWN_SCHEMA, error)
        except Exception as error:  # UndecodableError, and whatever else the bytes provoke
            return failure(Reason.UNDECODABLE, error)
        try:
            product = self.step(message, *record.beside)
            return done(product.messages, product.found)
        except Exception as error:  # whatever a page provokes is that page's outcome
            return failure(Reason.STEP_FAILED, error)
