"""A service whose handler has a defect: it raises, where it should tell an outcome."""

import sys
from collections.abc import Sequence

from services.contracts.topics import SOURCES
from services.runtime.outcome import Outcome, Record
from services.runtime.service import Service, run


async def fail(records: Sequence[Record]) -> list[Outcome]:
    """Raise."""
    raise RuntimeError(f"a defect, met with {len(records)} records")


def make_service() -> Service:
    """Return the service; it shares its group with the relay."""
    service = Service("relay")
    service.stage(SOURCES, fail)
    return service


if __name__ == "__main__":
    sys.exit(run(make_service))
