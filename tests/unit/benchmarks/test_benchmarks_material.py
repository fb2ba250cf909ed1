import urllib.request
from uuid import UUID

from benchmarks.material import copies, material, texts
from benchmarks.web import serving


def test_the_sample_pages_are_there_on_every_machine() -> None:
    sample = {page.url for page in material().pages if ".example/" in page.url}
    assert len(sample) > 20
    assert material().origin.startswith(f"{len(sample)} sample pages")
    assert not any("corner" in url for url in sample)
    assert len(texts()) > 20


def test_copies_of_articles_have_identities_of_their_own() -> None:
    made = copies(texts()[:3], 7, "run")
    assert len({UUID(article.id) for article in made}) == 7
    assert [article.text for article in made[3:6]] == [article.text for article in texts()[:3]]
    assert [a.id for a in copies(texts()[:3], 7, "run")] == [a.id for a in made]
    assert {a.id for a in copies(texts()[:3], 7, "other")}.isdisjoint({a.id for a in made})


def test_the_web_serves_the_pages_in_turn_on_every_site() -> None:
    pages = material().pages[:2]
    with serving(pages, sites=2) as web:
        urls = web.urls(4, "run")
        assert len({url.split("/")[2] for url in urls}) == 2
        for number, url in enumerate(urls):
            with urllib.request.urlopen(url) as response:
                assert response.read() == pages[number % 2].body
                assert response.headers["Content-Type"] == pages[number % 2].headers["content-type"]
        with urllib.request.urlopen(urls[0].rsplit("/", 2)[0] + "/robots.txt") as robots:
            assert b"User-agent" in robots.read()
