"""Chinese script: which one a page is in, Traditional to Simplified, and pinyin notes.

Some sites set a pronunciation note behind every converted character, as in 區(qū). The notes are
removed only from pages that are full of them, since the same shape is ordinary text elsewhere.
"""

import re
from functools import cache
from typing import Final

from opencc import OpenCC

from services.contracts.messages import Script

# The most frequent characters that only one of the scripts writes so.
_HANT: Final = re.compile(
    "[們個來時說國學會對開關實發業產經這還沒從為與資園區項億萬總廠動電機車見長門東馬後當點進過種應將]"
)
_HANS: Final = re.compile(
    "[们个来时说国学会对开关实发业产经这还没从为与资园区项亿万总厂动电机车见长门东马后当点进过种应将]"
)
_SAMPLE: Final = 20_000

_PINYIN: Final = re.compile(
    r"[(（](?<=[\u3400-\u9fff].)(?=[^)）]{1,7}[)）])(?=[a-zü]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ]|[a-zü]{1,6}[)）])"
    r"[a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿɡ]{1,7}[)）]"
)
_NOTES_PER_THOUSAND: Final = 8


def script_of(text: str) -> Script:
    """Return the script that `text` is written in; the first 20,000 characters decide."""
    sample = text[:_SAMPLE]
    hant = len(_HANT.findall(sample))
    return "hant" if hant and hant > len(_HANS.findall(sample)) else "hans"


def has_pinyin_notes(text: str) -> bool:
    """Whether pronunciation notes stand all over `text`, rather than in one word of it."""
    sample = text[:_SAMPLE]
    return len(_PINYIN.findall(sample)) * 1000 > _NOTES_PER_THOUSAND * len(sample)


def simplify(text: str, writing: Script, *, notes: bool) -> str:
    """Return `text` in Simplified Chinese, without pronunciation notes where the page has them."""
    if notes:
        text = _PINYIN.sub("", text)
    return to_simplified(text) if writing == "hant" else text


def to_simplified(text: str) -> str:
    """Return `text` in Simplified Chinese (OpenCC's t2s: by phrase, then by character)."""
    converted: str = _converter().convert(text)
    return converted


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")
