import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.fetch import Failure, FetchReason
from services.crawler.schedule import host_rest, next_period, retry_wait
from services.crawler.settings import CrawlerSettings

SETTINGS = CrawlerSettings(
    retry_base=30,
    retry_longest=1000,
    recrawl_first=3600,
    recrawl_shortest=900,
    recrawl_longest=100_000,
)


@pytest.mark.parametrize(("failures", "wait"), [(1, 30), (2, 60), (3, 120), (6, 960), (7, 1000)])
def test_waits_double_up_to_the_longest(failures: int, wait: float) -> None:
    assert retry_wait(SETTINGS, failures, 0.5) == wait


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_by_a_quarter(failures: int, jitter: float) -> None:
    middle = retry_wait(SETTINGS, failures, 0.5)
    assert 0.75 * middle <= retry_wait(SETTINGS, failures, jitter) <= 1.25 * middle


def test_the_first_failure_is_the_pages_and_the_next_ones_are_the_hosts() -> None:
    failure = Failure("timeout", "")
    assert host_rest(SETTINGS, failure, 0) == 0
    assert host_rest(SETTINGS, failure, 1) == 30
    assert host_rest(SETTINGS, failure, 2) == 60


@pytest.mark.parametrize("reason", ["http_429", "robots_unreachable"])
def test_some_failures_are_the_hosts_at_once(reason: FetchReason) -> None:
    assert host_rest(SETTINGS, Failure(reason, ""), 0) == 30
    assert host_rest(SETTINGS, Failure(reason, ""), 1) == 60


def test_what_the_server_asks_for_holds_at_once() -> None:
    assert host_rest(SETTINGS, Failure("http_5xx", "", retry_after=77), 0) == 77
    assert host_rest(SETTINGS, Failure("http_5xx", "", retry_after=7), 3) == 120


def test_a_permanent_failure_is_no_reason_to_rest() -> None:
    assert host_rest(SETTINGS, Failure("not_found", ""), 5) == 0


def test_the_recrawl_period_adapts_within_its_bounds() -> None:
    assert next_period(SETTINGS, None, changed=True) == 3600
    assert next_period(SETTINGS, 3600, changed=True) == 1800
    assert next_period(SETTINGS, 3600, changed=False) == 7200
    assert next_period(SETTINGS, 1000, changed=True) == 900
    assert next_period(SETTINGS, 90_000, changed=False) == 100_000
