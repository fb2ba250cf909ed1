"""Cleaning beside trafilatura, on the same pages."""

from collections.abc import Iterator

from benchmarks.material import material
from benchmarks.measure import (
    TIMES_AS_FAST,
    Row,
    each,
    peer,
    take_turns_by_item,
    times_as_fast,
)
from services.cleaner.clean import clean, warm_up
from services.contracts.messages import Page

_ROUNDS = 3


def cleaner() -> Iterator[Row]:
    """Yield how fast a page is cleaned: text, title, date, outlet and author."""
    trafilatura = peer("trafilatura")

    def theirs(page: Page) -> object:
        return trafilatura.bare_extraction(page.body, url=page.final_url, with_metadata=True)

    warm_up()
    pages = material().pages
    theirs(pages[0])
    ours, peers = take_turns_by_item(pages, (clean, theirs), _ROUNDS)
    yield Row(
        "cleaner.vs_trafilatura",
        times_as_fast(ours, peers),
        TIMES_AS_FAST,
        f"trafilatura {trafilatura.__version__}, bare_extraction with metadata; CPU a page: "
        f"{each(ours, len(pages))} against {each(peers, len(pages))}; {material().origin}",
    )
