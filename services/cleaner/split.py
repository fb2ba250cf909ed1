"""Several articles in one page: each begins at a heading and opens with a dateline of its own."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from services.cleaner.dom import Block
from services.cleaner.meta_lines import is_dateline

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4"})


def split_at_headings(blocks: list[Block]) -> Iterator[tuple[str, list[Block]]]:
    """Yield the heading (empty for the page's own title) and the blocks of every article.

    A page counts as several articles only if two or more headings have a dateline right below
    them: a subheading is followed by plain text, and a digest has datelines without headings.
    """
    starts = [
        i
        for i, (heading, following) in enumerate(pairwise(blocks))
        if heading.tag in _HEADINGS and is_dateline(following.text)
    ]
    if not starts or (
        len(starts) == 1 and not any(is_dateline(b.text) for b in blocks[: starts[0]])
    ):
        yield "", blocks
        return
    if starts[0]:
        yield "", blocks[: starts[0]]
    for start, stop in zip(starts, [*starts[1:], len(blocks)], strict=True):
        yield blocks[start].text, blocks[start + 1 : stop]
