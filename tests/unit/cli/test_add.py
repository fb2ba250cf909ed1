import pytest

from services.cli.add import read_sources
from services.contracts.messages import Source


def test_urls_and_json_are_sources() -> None:
    lines = [
        ("line 1", "http://news.example/"),
        ("line 2", '{"url": "http://a.example", "depth": 2}'),
    ]
    assert read_sources(lines) == (
        [Source("http://news.example/"), Source("http://a.example", depth=2)],
        [],
    )


@pytest.mark.parametrize(
    "line", ["news.example", "ftp://a.example/", "{", '{"url": 1}', "http://", "\udcff"]
)
def test_a_bad_line_is_named_and_the_good_ones_still_go(line: str) -> None:
    good = ("line 1", "http://news.example/")
    sources, problems = read_sources([good, ("line 2", line), ("line 3", good[1])])
    assert len(sources) == 2
    (problem,) = problems
    assert problem.startswith("line 2: ")
    assert "\n" not in problem
