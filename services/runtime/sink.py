"""Writing batches to a database: the handler of a stage that ends in rows, not in messages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from services.contracts.codec import Schema, UnknownSchemaError
from services.contracts.dead_letters import Reason
from services.runtime.bisect import bisect
from services.runtime.outcome import Done, Failure, Outcome, Record, failure
from services.runtime.retry import until_it_works

M = TypeVar("M", bound=Struct)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Sink(Generic[M, Row]):
    """Decode every record, write all rows at once, name the culprits if that fails."""

    reads: Schema[M]
    accept: Callable[[Record, M], Row]
    """Makes the row of a message; ValueError says that the message cannot be acted on."""
    write: Callable[[Sequence[Row]], Awaitable[object]]
    """Writes all rows or none."""
    transient: tuple[type[BaseException], ...]
    """The database's failures: `write` is tried again until it works."""
    poison: tuple[type[BaseException], ...]
    """A row's own failures: the row becomes a dead letter, the others are written."""

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return the outcome of each record, in order, once all rows are written."""
        read = [self._read(record) for record in records]
        rows = [row for row in read if not isinstance(row, Failure)]
        written = iter(await bisect(rows, self._write, self.poison, self._unstorable))
        return [row if isinstance(row, Failure) else next(written) for row in read]

    def _read(self, record: Record) -> Row | Failure:
        try:
            message = self.reads.decode(record.value, record.headers)
        except UnknownSchemaError as error:
            return failure(Reason.UNKNOWN_SCHEMA, error)
        except Exception as error:  # UndecodableError, and whatever else the bytes provoke
            return failure(Reason.UNDECODABLE, error)
        try:
            return self.accept(record, message)
        except Exception as error:  # a ValueError, as a rule
            return failure(Reason.INVALID, error)

    async def _write(self, rows: Sequence[Row]) -> list[Outcome]:
        await until_it_works(self.transient, self.write, rows)
        return [Done()] * len(rows)

    @staticmethod
    def _unstorable(_row: Row, error: BaseException) -> Outcome:
        return failure(Reason.UNSTORABLE, error)
