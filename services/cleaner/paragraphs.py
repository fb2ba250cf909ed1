"""Lines to paragraphs: columns that a page break cut are joined."""

import re
from collections.abc import Iterable
from typing import Final

_COMPLETE: Final = re.compile(
    r"[。！？!?…；;：:.”’\"'」』）)】》\]>~～—|]\s*$|(?:摄|摄影|供图)\s*$|\d{7,}\s*$"
)
_INNER: Final = re.compile("[，。、；,;]")
_NEW_ITEM: Final = re.compile(
    r"[（(【“‘「『《●◆■▲★※○•·\-—*#>]|第?[\d一二三四五六七八九十]+(?:[、)）:：，章节条]|[.．](?!\d))|[\d一二三四五六七八九十]{1,3}是"
)
_ENDING: Final = 16
"""Characters by which a line's end is judged; a line may be as long as the page."""
_SHORTEST: Final = 20
"""A line cut by a column's end is longer than this; what is shorter is a subheading."""


def is_cut(line: str) -> bool:
    """Whether `line` stops in the middle of a sentence, as at the end of a printed column."""
    return (
        len(line) >= _SHORTEST
        and "\t" not in line
        and bool(_INNER.search(line))
        and not _is_complete(line)
    )


def _is_complete(line: str) -> bool:
    return bool(_COMPLETE.search(line[-_ENDING:]))


def continues(line: str) -> bool:
    """Whether `line` may be the rest of a sentence: running text that starts nothing new."""
    return "\t" not in line and bool(_INNER.search(line)) and not _NEW_ITEM.match(line)


def join_columns(lines: Iterable[str]) -> list[str]:
    """Return `lines` with every cut line joined to the one that goes on with its sentence."""
    out: list[list[str]] = []
    cut = False
    for line in lines:
        if cut and continues(line):
            out[-1].append(line)
            cut = not _is_complete(line)
        else:
            out.append([line])
            cut = is_cut(line)
    return ["".join(parts) for parts in out]
