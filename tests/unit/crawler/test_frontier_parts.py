import pytest

from services.contracts.messages import Source
from services.crawler.tasks import DEEPEST, LONGEST_EVERY, Backlog, accept, host_of
from services.runtime.outcome import Record


def record(**headers: str) -> Record:
    return Record("sources", 0, 7, 1, None, b"x", headers)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://park.example/a", "park.example"),
        ("https://PARK.example:443/a", "park.example"),
        ("http://park.example:80/", "park.example"),
        ("http://park.example:443/", "park.example:443"),
        ("http://park.example:8080/", "park.example:8080"),
        ("http://[2400:3200::1]/", "[2400:3200::1]"),
        ("http://park.example./", "park.example"),
        ("http://园区.example/", "xn--dkrx9f.example"),
        ("http://[2400:3200::1]:8080/", "[2400:3200::1]:8080"),
    ],
)
def test_the_authority_that_politeness_is_owed_to(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_source_as_the_frontier_keeps_it() -> None:
    source = Source(" HTTPS://Park.example:443/a?b=1&a=2#c ", kind="list", every=60, depth=2)
    kept = accept(record(correlation_id="t"), source)
    assert kept.url == "https://park.example/a?a=2&b=1"
    assert kept.address == "HTTPS://Park.example:443/a?b=1&a=2"
    assert (kept.host, kept.kind, kept.every, kept.depth) == ("park.example", "list", 60.0, 2)
    assert kept.trace_id == "t"
    assert kept.record == record(correlation_id="t")


def test_a_source_without_a_trace_gets_one() -> None:
    source = Source("https://park.example/")
    assert len(accept(record(), source).trace_id) == 32
    assert accept(record(), source).trace_id != accept(record(), source).trace_id


def test_numbers_are_kept_within_bounds() -> None:
    kept = accept(record(), Source("https://a.example/", every=0, depth=-1))
    assert (kept.every, kept.depth) == (1.0, 0)
    kept = accept(record(), Source("https://a.example/", every=10**12, depth=10**6))
    assert (kept.every, kept.depth) == (LONGEST_EVERY, DEEPEST)
    assert accept(record(), Source("https://a.example/")).every is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "park.example",
        "ftp://park.example/",
        "http://",
        "http://a b.example/",
        "http://user:secret@park.example/",
        "http://park.example:99999/",
        "http://park.example/" + "a" * 2000,
        "http://park.example/" + "园" * 700,
        "http://park.example/\0",
        "http://park.example/\ud800",
        "http://[::1",
    ],
)
def test_a_url_that_cannot_be_fetched(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        accept(record(), Source(url))


def test_pending_counts_what_has_not_come_to_an_end() -> None:
    assert Backlog(due=2, retries=3, scheduled=5, leased=7).pending == 5


def test_a_refused_source_does_not_tell_its_password() -> None:
    with pytest.raises(ValueError, match="credentials") as refused:
        accept(record(), Source("https://reader:secret@a.example/list"))
    assert "secret" not in str(refused.value)
    assert "a.example/list" in str(refused.value)
