"""What a page may ask of the parser, whose time grows with the square of two things.

Ordinary pages pass as they are; they are only looked at. A page is UTF-8 here, as the parser reads
it, and is taken as the HTML standard reads it: a tag ends with the first `>` outside its quotes.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_DEPTH: Final = 512
_MANY_TAGS: Final = 20_000
# Tags that stay open until they are closed; `p`, `li` and the like end by themselves.
_NESTING_TAG: Final = re.compile(
    rb"<(/?)(?:div|span|section|article|table|ul|ol|dl|blockquote|font|b|i|u|em|strong|a|center|"
    rb"form|main|aside|nav|header|footer|figure|svg|g|small|big|sub|sup|label|pre|listing|address|"
    rb"details|summary|fieldset|menu|dir|hgroup|search|button|object|marquee|template|code|s|tt|"
    rb"strike|nobr|[a-z]+-[a-z-]+)"
    rb"\b[^<>]{0,4000}>",
    re.IGNORECASE,
)
_MANY_VALUES: Final = 20_000
_MANY_COMPARISONS: Final = 200_000_000
"""Some tenths of a second."""
_LONG_STRETCH: Final = 4096
"""Of text without a `>`: worth counting its words."""
_LONG_TAG: Final = 512
# As the standard reads a tag: a quote counts only behind an equals sign.
_TAG: Final = re.compile(
    rb"""<(/?[a-z][^\s<>/]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)(?:>|\Z)""", re.IGNORECASE
)
_NAMES: Final = re.compile(
    rb"""\s(?:class|id)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+)""", re.IGNORECASE
)


def limited(html: bytes) -> bytes:
    """Return `html` without the tags that nest deeper than `MAX_DEPTH`, and without the attributes
    of long tags, class and id excepted, if it has so many that they would take long.
    """
    codes = np.frombuffer(html, np.uint8)
    # Every tag has one, so that few of them are few tags.
    ends = np.flatnonzero(codes == ord(">"))
    if np.count_nonzero(codes == ord("=")) >= _MANY_VALUES or _is_slow(codes, ends):
        html = _TAG.sub(_shortened, html)
    return html if len(ends) < _MANY_TAGS else _limit_nesting(html)


def _limit_nesting(html: bytes) -> bytes:
    """A page of 300,000 open `div` takes minutes. Browsers stop at 512 levels too."""
    kept: list[bytes] = []
    depth = start = 0
    for match in _NESTING_TAG.finditer(html):
        closing = match[1] == b"/"
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH or (closing and depth == MAX_DEPTH):
            kept.append(html[start : match.start()])
            start = match.end()
    kept.append(html[start:])
    return b" ".join(kept)


def _is_slow(codes: NDArray[np.uint8], ends: NDArray[np.intp]) -> bool:
    """Whether its tags may have so many attributes, each of which is compared with all of its tag.

    What stands between two `>` has as many attributes as words at most, and words have two
    characters at least. A tag with a `>` in its quotes has an equals sign for each.
    """
    lengths = np.diff(ends, prepend=0, append=len(codes))
    most = lengths // 2
    if _squares(most) <= _MANY_COMPARISONS:
        return False
    for i in np.flatnonzero(lengths > _LONG_STRETCH):
        end = ends[i] if i < len(ends) else len(codes)
        stretch = codes[end - lengths[i] : end]
        apart = (stretch <= ord(" ")) | (stretch == ord("/"))
        most[i] = np.count_nonzero(apart[:-1] & ~apart[1:])
    return _squares(most) > _MANY_COMPARISONS


def _squares(counts: NDArray[np.intp]) -> float:
    """Return the sum of the squares of `counts`."""
    return float(np.square(counts, dtype=np.float64).sum())


def _shortened(tag: re.Match[bytes]) -> bytes:
    if len(tag[2]) < _LONG_TAG:
        return tag[0]
    return b"<%b%b>" % (tag[1], b"".join(_NAMES.findall(tag[2])[:2]))
