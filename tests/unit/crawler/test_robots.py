import time

import pytest

from services.crawler.robots import LARGEST, Rules


def rules(text: str) -> Rules:
    return Rules(text.encode(), "parkwire")


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /private", "/public", True),
        ("User-agent: parkwire\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("User-agent: ParkWire\nDisallow: /a", "/a", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\nAllow: /news/", "/news/1", True),
        ("User-agent: *\nDisallow: /*.php$", "/a.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a.php?x", True),
        ("User-agent: *\nDisallow: /新闻", "/%E6%96%B0%E9%97%BB/1", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("<html>Not found</html>", "/a", True),
        ("User-agent: *\0\nDisallow: /", "/a", False),
    ],
)
def test_what_is_allowed(text: str, path: str, allowed: bool) -> None:
    assert rules(text).allows(f"https://park.example{path}") is allowed


def test_bytes_that_are_not_utf8() -> None:
    text = "# 禁止\nUser-agent: *\nDisallow: /a".encode("gb18030")
    assert not Rules(text, "parkwire").allows("https://park.example/a")


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("", 0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: soon", 0),
        ("User-agent: *\nCrawl-delay: -1", 0),
        ("User-agent: *\nRequest-rate: 1/5s", 5),
        ("User-agent: *\nRequest-rate: 1/5s\nCrawl-delay: 9", 9),
        ("User-agent: other\nCrawl-delay: 9", 0),
    ],
)
def test_the_pace_that_is_asked_for(text: str, delay: float) -> None:
    assert rules(text).crawl_delay == delay


def test_what_lies_beyond_500_kib_does_not_count() -> None:
    filler = "#" + "x" * 1022 + "\n"
    text = "User-agent: *\n" + filler * (LARGEST // 1024) + "Disallow: /\n"
    assert rules(text).allows("https://park.example/")


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\n" + "Disallow: /*a*b*c*d*e*f*g*h*i*j*k$\n" * 10_000,
        "User-agent: *\nDisallow: /" + "*a" * 100_000,
    ],
)
def test_hostile_files_take_no_long_time(text: str) -> None:
    started = time.monotonic()
    rules(text).allows("https://park.example/" + "a" * 1900)
    assert time.monotonic() - started < 10
