"""The sample sites: their answers stand in their pages, and the pages are what they claim to be."""

import gzip
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import opencc
import pytest

from services.cleaner.clean import clean
from services.cli.sites import corner, hant, pages
from services.cli.sites.answers import Answer, answers, export
from services.cli.sites.articles import (
    SITES,
    SampleArticle,
    articles,
    articles_of,
)
from services.cli.sites.resources import Resource
from services.contracts.messages import Page
from services.crawler.discover import discover, join, next_part

BASES = {site: f"http://{site}.example" for site in SITES}
SERVED = pages.render(BASES)
SHARED = Path(__file__).parents[3] / ".." / "shared"
SHINGLE = 24

by_id = pytest.mark.parametrize("article", articles(), ids=lambda one: f"{one.site}/{one.id}")
by_answer = pytest.mark.parametrize("answer", answers(BASES), ids=lambda one: f"{one.url}")


def decoded(resource: Resource) -> str:
    """The page as a browser that knows the truth reads it."""
    try:
        return resource.body.decode("utf-8")
    except UnicodeDecodeError:
        return resource.body.decode("gbk")


def visible(resource: Resource) -> str:
    """The page's text without tags and white space, notes taken out."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", "", decoded(resource), flags=re.DOTALL)
    return re.sub(r"\s+", "", unescape(text))


def simplified(text: str) -> str:
    """Undo the mirror's notes and script."""
    bare = re.sub(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)", "", text)
    converted: str = opencc.OpenCC("t2s").convert(bare)
    return converted


def page_of(answer: Answer) -> str:
    parts = urlsplit(answer.url)
    site = (parts.hostname or "").removesuffix(".example")
    article = next(item for item in articles_of(site) if item.head.path == parts.path)
    text = "".join(visible(SERVED[site][path]) for path in pages.paths_of(article))
    return simplified(text) if site == "mirror" else text


def links(text: str) -> list[str]:
    found = re.findall(r"(?:href|src|action)=[\"']?([^\"'\s>]+)|<(?:loc|link)>([^<]+)", text)
    return [first or second for first, second in found]


# ---------------------------------------------------------------- enough of everything


def test_there_are_enough_articles_and_projects() -> None:
    assert len(articles()) >= 30
    projects = [project for article in articles() for project in article.head.projects]
    assert sum(project.kind == "project" for project in projects) >= 35
    assert sum(project.kind == "aggregate" for project in projects) >= 6
    assert {project.stage for project in projects} >= {
        "洽谈", "签约", "开工", "在建", "竣工", "投产", None,
    }  # fmt: skip


def test_some_articles_have_no_project() -> None:
    without = [article for article in articles() if not article.head.projects]
    assert len(without) >= 5


def test_lengths_are_those_of_real_news() -> None:
    lengths = sorted(len(article.text) for article in articles())
    assert lengths[0] < 200, "a brief"
    assert lengths[-1] > 1000, "a feature"
    assert 300 < lengths[len(lengths) // 2] < 900


def test_the_mirror_repeats_a_story_of_another_site() -> None:
    reposts = [answer for answer in answers(BASES) if answer.repost_of]
    assert len(reposts) == 1
    original = next(answer for answer in answers(BASES) if answer.url == reposts[0].repost_of)
    assert (reposts[0].text, reposts[0].projects) == (original.text, original.projects)


# ---------------------------------------------------------------- answers stand in the pages


@by_answer
def test_title_and_paragraphs_stand_in_the_page(answer: Answer) -> None:
    page = page_of(answer)
    for text in (answer.title, *answer.paragraphs):
        assert re.sub(r"\s+", "", text) in page


@by_answer
def test_paragraphs_stand_in_their_order(answer: Answer) -> None:
    page, place = page_of(answer), 0
    for paragraph in answer.paragraphs:
        place = page.index(re.sub(r"\s+", "", paragraph), place)


@by_answer
def test_must_not_strings_are_not_in_the_text(answer: Answer) -> None:
    assert answer.must_not
    for string in answer.must_not:
        assert string not in answer.title
        assert string not in answer.text


@by_answer
def test_names_of_the_projects_stand_in_the_text(answer: Answer) -> None:
    told = answer.title + "\n" + answer.text
    for project in answer.projects:
        for name in (project.name, *project.investors, project.park, project.place):
            assert name is None or name in told


@by_answer
def test_amounts_of_the_projects_stand_in_the_text(answer: Answer) -> None:
    for project in answer.projects:
        assert project.low is not None or project.high is not None
        for bound in {project.low, project.high} - {None}:
            assert bound is not None
            numbers = (f"{bound / 1e8:.10g}", f"{bound / 1e4:.10g}")
            assert re.search(
                rf"(?<![\d.])({'|'.join(map(re.escape, numbers))})(?![\d.])", answer.text
            )


@by_answer
def test_dates_of_the_projects_stand_in_the_text(answer: Answer) -> None:
    for date in {project.date for project in answer.projects} - {None}:
        assert date is not None
        year, *rest = (int(part) for part in date.split("-"))
        if rest:
            day = "".join(f"{n}{unit}" for n, unit in zip(rest, "月日", strict=False))
            assert day in answer.text
        else:
            this_year = "今年" in answer.text and (answer.published or "").startswith(str(year))
            assert f"{year}年" in answer.text or this_year


@by_answer
def test_no_date_has_a_year_that_the_page_does_not_tell(answer: Answer) -> None:
    years = {project.date[:4] for project in answer.projects if project.date}
    assert all(year in answer.text or year in (answer.published or "") for year in years)


@by_answer
def test_named_amounts_stand_in_the_text(answer: Answer) -> None:
    for amount in answer.amounts:
        assert amount.text in answer.text
        assert amount.low is not None or amount.high is not None


@by_id
def test_the_date_stands_in_the_page(article: SampleArticle) -> None:
    page, head = visible(SERVED[article.site][article.head.path]), article.head
    assert head.published
    numbers = [int(number) for number in head.published.split("-")]
    shown = head.shown_date or page
    assert re.sub(r"\s+", "", head.shown_date) in page
    assert [n for n in numbers if n not in map(int, re.findall(r"\d+", shown))] == []


@by_answer
def test_the_outlet_stands_in_the_page(answer: Answer) -> None:
    assert answer.outlet is None or answer.outlet in page_of(answer)


# ---------------------------------------------------------------- the pages


@pytest.mark.parametrize("site", SITES)
def test_every_link_of_a_site_resolves(site: str) -> None:
    for path, resource in SERVED[site].items():
        if "html" not in resource.content_type and "xml" not in resource.content_type:
            continue
        if path in corner.NOTHING and resource.status != 404:
            continue
        for link in links(decoded(resource)):
            target = urlsplit(urljoin(BASES[site] + path, link))
            if target.scheme == "javascript" or not target.hostname:
                continue
            assert target.hostname.endswith(".example")
            if f"http://{target.hostname}" == BASES[site]:
                assert target.path in SERVED[site] or target.path in corner.NOTHING, (path, link)


@pytest.mark.parametrize("site", ["park", "energy", "association", "mirror", "epaper"])
def test_every_article_is_reached_by_links_from_the_front_page(site: str) -> None:
    seen, queue = {"/"}, ["/"]
    while queue:
        resource = SERVED[site][queue.pop()]
        page = decoded(resource) if "html" in resource.content_type else ""
        new = {urlsplit(link).path for link in links(page) if not link.startswith("http")}
        queue += sorted((new - seen) & SERVED[site].keys())
        seen |= new
    assert {article.head.path for article in articles_of(site)} <= seen


def fetched(site: str, path: str) -> Page:
    url, resource = BASES[site] + path, SERVED[site][path]
    headers = {"content-type": resource.content_type}
    return Page(url, url, 200, headers, resource.body, datetime(2024, 7, 1, tzinfo=UTC), url)


def test_two_pages_become_one_article() -> None:
    (long,) = [article for article in articles() if len(article.by_page) > 1]
    (answer,) = [one for one in answers(BASES) if one.url == BASES[long.site] + long.head.path]
    first, second = (fetched(long.site, path) for path in pages.paths_of(long))
    assert discover(first, "article").next_part == second.url
    assert next_part(second, first.url) == ""
    (article,) = clean(join([first, second])).articles
    assert (article.title, article.text) == (answer.title, answer.text)
    (half,) = clean(first).articles
    assert half.text == long.by_page[0].text


def test_old_articles_of_the_blog_stand_only_on_its_second_page() -> None:
    oldest = articles_of("park")[0].head.path
    assert oldest not in decoded(SERVED["park"]["/"])
    assert oldest in decoded(SERVED["park"]["/page_2.html"])


def test_no_source_is_an_article() -> None:
    found = {f"http://{article.site}.example{article.head.path}" for article in articles()}
    assert not found & set(pages.sources(BASES))


def test_every_source_is_served() -> None:
    for url in pages.sources(BASES):
        parts = urlsplit(url)
        assert parts.path in SERVED[(parts.hostname or "").removesuffix(".example")]


@pytest.mark.parametrize("site", SITES)
def test_pages_are_in_the_charset_they_declare(site: str) -> None:
    for path, resource in SERVED[site].items():
        if not resource.content_type.startswith(("text/", "application/")):
            continue
        if path in {"/photo.html", "/wrong-charset.html"}:
            continue
        declared = re.search(rb"charset=\"?([\w-]+)", resource.content_type.encode()) or re.search(
            rb"charset=\"?([\w-]+)", resource.body
        )
        charset = declared[1].decode() if declared else "ascii"
        text = resource.body.decode("gbk" if charset == "gb2312" else charset)
        assert "�" not in text


def test_the_old_portal_is_not_utf8_and_tells_so_only_in_the_page() -> None:
    for article in articles_of("energy"):
        resource = SERVED["energy"][article.head.path]
        assert resource.content_type == "text/html"
        assert b"charset=gb2312" in resource.body
        with pytest.raises(UnicodeDecodeError):
            resource.body.decode("utf-8")


def test_a_page_of_the_corner_lies_about_its_charset() -> None:
    resource = SERVED["corner"]["/wrong-charset.html"]
    assert "utf-8" in resource.content_type
    with pytest.raises(UnicodeDecodeError):
        resource.body.decode("utf-8")


@pytest.mark.parametrize("article", articles_of("mirror"), ids=lambda one: one.id)
def test_the_mirror_is_annotated_as_densely_as_the_real_one(article: SampleArticle) -> None:
    page = visible(SERVED["mirror"][article.head.path])
    notes = re.findall(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)", page)
    assert len(notes) / len(page) >= 0.06


def test_annotating_leaves_existing_notes_alone() -> None:
    assert hant.annotate("园区") == "園(yuán)區(qū)"
    assert hant.annotate("區(qū)") == "區(qū)"


def test_the_newspaper_breaks_columns_inside_sentences() -> None:
    broken = [
        block
        for article in articles_of("epaper")
        for block in article.blocks
        if block.kind == "paragraph" and len(block.parts) > 1
    ]
    assert len(broken) >= 5
    page = decoded(SERVED["epaper"]["/hyrb/20240806/a01.html"])
    assert all(f"{left}</p>" in page for block in broken[:2] for left in block.parts[:-1])


def test_the_hidden_page_is_linked_and_forbidden() -> None:
    site = SERVED["association"]
    assert pages.HIDDEN_PATH in decoded(site["/portal/list/index/id/3.html"])
    robots = decoded(site["/robots.txt"])
    assert "Disallow: /internal/" in robots
    assert "Crawl-delay: 1" in robots
    assert pages.HIDDEN_PATH not in decoded(site["/sitemap.xml"]) + decoded(site["/feed.xml"])


@pytest.mark.parametrize("site", SITES)
def test_every_site_has_robots(site: str) -> None:
    assert decoded(SERVED[site]["/robots.txt"]).startswith("User-agent: *\n")


def test_the_corner_serves_everything_it_lists() -> None:
    assert set(corner.NOTHING) - {corner.HUGE_PATH} <= SERVED["corner"].keys()
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(SERVED["corner"]["/garbage.html"].body)


def test_the_huge_page_is_as_large_as_it_says() -> None:
    assert sum(map(len, corner.huge_chunks())) >= corner.HUGE_BYTES


def test_rendering_is_deterministic() -> None:
    assert pages.render(BASES) == SERVED


def test_export_writes_a_page_with_answers_and_headers(tmp_path: Path) -> None:
    export(tmp_path, BASES)
    names = {file.name.partition(".")[0] for file in tmp_path.iterdir()}
    whole = [article for article in articles() if len(article.by_page) == 1]
    assert len(names) == len({(article.site, article.head.path) for article in whole})
    for name in names:
        kinds = {file.name.removeprefix(name) for file in tmp_path.glob(f"{name}.*")}
        assert kinds in ({".html", *(s := {".headers.json", ".gold.json"})}, {".txt", *s})


# ---------------------------------------------------------------- nothing is copied


def shingles(text: str) -> set[str]:
    solid = re.sub(r"\s+", "", text)
    return {solid[i : i + SHINGLE] for i in range(len(solid) - SHINGLE + 1)}


@pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the seeds are not on this machine")
def test_no_sentence_comes_from_the_seeds() -> None:
    seeds: set[str] = set()
    for file in (SHARED / "seeds").glob("*.txt"):
        seeds |= shingles(file.read_text("utf-8"))
    for file in (SHARED / "corpus" / "recon_zblog").glob("*.html.gz"):
        text = gzip.decompress(file.read_bytes()).decode("utf-8")
        seeds |= shingles(re.sub(r"<[^>]*>", "", text))
    assert seeds
    for site, resources in SERVED.items():
        for path, resource in resources.items():
            if resource.content_type.startswith("text/html") and path != "/photo.html":
                assert not shingles(visible(resource)) & seeds, (site, path)
