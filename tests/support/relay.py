"""A service for the tests of delivery: sources in, pages out, each taking a little while."""

import sys
import time
from datetime import UTC, datetime

from services.contracts.codec import SOURCE
from services.contracts.messages import Page, Source
from services.contracts.topics import PAGES, SOURCES
from services.runtime.service import Service, run
from services.runtime.transform import Product, Transform

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def nothing() -> None:
    """Warm up nothing."""


def relay(source: Source) -> Product:
    """Make a page of a source; one that begins with `poison` raises."""
    time.sleep(0.005)
    if source.url.startswith("poison"):
        raise ValueError(source.url)
    page = Page(source.url, source.url, 200, {}, b"", _EPOCH, source.url)
    return Product((page,), {"pages": 1})


def make_service() -> Service:
    """Return the service, ready to run."""
    service = Service("relay")
    service.transform(SOURCES, Transform(SOURCE, relay, nothing), writes=PAGES)
    return service


if __name__ == "__main__":
    sys.exit(run(make_service))
