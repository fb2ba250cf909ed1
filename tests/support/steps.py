"""Steps that misbehave on purpose; worker processes import them by name."""

import ctypes
import time

from services.contracts.codec import SOURCE
from services.contracts.messages import Source
from services.runtime.outcome import Record
from services.runtime.transform import Product, Transform


def nothing() -> None:
    """Warm up nothing."""


def misbehave(source: Source) -> Product:
    match source.url.split(":")[0]:
        case "crash":
            ctypes.string_at(0)
        case "hang":
            time.sleep(3600)
        case "hog":
            bytearray(64 * 1024**3)
        case "raise":
            raise ValueError("as told")
    return Product((source,), {"sources": 1})


TRANSFORM = Transform(SOURCE, misbehave, nothing)


def record(value: bytes | None, offset: int = 0, **headers: str) -> Record:
    return Record("sources", 0, offset, 1_700_000_000_000, b"key", value, headers)
