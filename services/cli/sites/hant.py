"""Turn a Simplified page into the mirror's script: Traditional, with notes such as 區(qū)."""

import re
from functools import cache
from importlib.resources import files

import opencc


def annotate(page: str) -> str:
    """Return the page in Traditional characters, those of `pinyin.tsv` with their reading."""
    converter, readings, pattern = _tables()
    return pattern.sub(lambda found: f"{found[0]}({readings[found[0]]})", converter.convert(page))


@cache
def _tables() -> tuple[opencc.OpenCC, dict[str, str], re.Pattern[str]]:
    lines = (files(__package__) / "pinyin.tsv").read_text("utf-8").splitlines()
    readings = dict(line.split("\t") for line in lines if line and not line.startswith("#"))
    # A bracket after it means that the template has written the note already.
    return opencc.OpenCC("s2t"), readings, re.compile(f"[{''.join(readings)}]" + r"(?!\()")
