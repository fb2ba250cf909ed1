"""The crawl on a real PostgreSQL and a real HTTP server on this machine."""

import asyncio
import contextlib
import gzip
import shutil
import ssl
import subprocess
import time
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web
from crawl_line import FAST, PROSE, Line, Site, article, html, links, serving, until

from services.contracts.messages import Page, SourceKind
from services.crawler.crawl import crawling
from services.crawler.frontier import Frontier
from services.runtime.postgres import connect


async def test_an_article_becomes_a_page(line: Line, site: Site) -> None:
    site.answers["/a/20240501.html"] = article(1)
    await line.add(f"{site.url}/a/20240501.html#top")
    await line.drain()
    (page,) = line.pages
    assert page.url == f"{site.url}/a/20240501.html"
    assert page.final_url == f"{site.url}/a/20240501.html"
    assert page.source == f"{site.url}/a/20240501.html"
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "总投资三十亿元".encode() in page.body
    assert line.traces == ["t1"]
    assert line.outcomes == ["published"]
    assert site.paths() == ["/robots.txt", "/a/20240501.html"]
    state = await line.state(f"{site.url}/a/20240501.html")
    assert (state["state"], state["due_at"]) == ("done", None)


async def test_the_crawler_says_who_it_is(line: Line, site: Site) -> None:
    site.answers["/a"] = article(1)
    await line.add(f"{site.url}/a")
    settings = FAST.model_copy(update={"contact": "https://parkwire.example/crawler"})
    await line.drain(settings)
    assert site.headers["/a"][0]["User-Agent"] == "parkwire/1.0 (+https://parkwire.example/crawler)"
    assert "Cookie" not in site.headers["/a"][0]


async def test_no_cookie_is_sent_back(line: Line, site: Site) -> None:
    for path in ("/a", "/b"):
        answer = article(1)
        answer.headers["Set-Cookie"] = "session=1; Path=/"
        site.answers[path] = answer
        await line.add(f"{site.url}{path}")
    await line.drain()
    assert len(line.pages) == 2
    assert not [h for path in ("/a", "/b") for h in site.headers[path] if "Cookie" in h]


async def test_list_then_articles_then_pages(line: Line, site: Site) -> None:
    site.answers["/list/"] = html(links(1, 2, 3, 4, 5) + "<a href='/list/list_2.html'>下一页</a>")
    site.answers["/list/list_2.html"] = html(
        links(6, 7, 8, 9, 10) + "<a href='/list/list_3.html'>下一页</a>"
    )
    for n in range(1, 11):
        site.answers[f"/news/2024/{1000 + n}.html"] = article(n)
    await line.add(f"{site.url}/list/", "list", depth=1)
    await line.drain()
    assert sorted(line.published()) == [
        f"{site.url}/news/2024/{1000 + n}.html" for n in range(1, 11)
    ]
    assert {page.source for page in line.pages} == {f"{site.url}/list/"}
    assert set(line.traces) == {"t1"}
    assert "/list/list_3.html" not in site.paths()
    state = await line.state(f"{site.url}/list/")
    assert (state["state"], state["outcome"]) == ("recrawl", "links")


async def test_depth_0_stays_on_the_first_page(line: Line, site: Site) -> None:
    site.answers["/list/"] = html(links(1, 2, 3, 4, 5) + "<a href='/list/list_2.html'>下一页</a>")
    site.answers["/list/list_2.html"] = html(links(6, 7, 8, 9, 10))
    for n in range(1, 11):
        site.answers[f"/news/2024/{1000 + n}.html"] = article(n)
    await line.add(f"{site.url}/list/", depth=0)
    await line.drain()
    assert len(line.pages) == 5


async def test_a_recrawl_brings_what_is_new(line: Line, site: Site) -> None:
    site.answers["/list/"] = html(links(1, 2, 3, 4, 5))
    for n in range(1, 8):
        site.answers[f"/news/2024/{1000 + n}.html"] = article(n)
    await line.add(f"{site.url}/list/", "list", every=1)
    async with line.running():
        await until(lambda: len(line.pages) >= 5)
        site.answers["/list/"] = html(links(7, 6, 1, 2, 3, 4, 5))
        await until(lambda: len(line.pages) >= 7)
    assert len(set(line.published())) == 7
    assert site.paths().count("/news/2024/1001.html") == 1


async def test_a_feed(line: Line, site: Site) -> None:
    items = "".join(f"<item><link>{site.url}/a/{n}</link></item>" for n in range(3))
    site.answers["/rss"] = web.Response(
        body=f"<?xml version='1.0'?><rss><channel>{items}</channel></rss>".encode(),
        content_type="application/rss+xml",
    )
    for n in range(3):
        site.answers[f"/a/{n}"] = article(n)
    await line.add(f"{site.url}/rss")
    await line.drain()
    assert sorted(line.published()) == [f"{site.url}/a/{n}" for n in range(3)]


async def test_a_sitemap_index_with_a_gzipped_sitemap(line: Line, site: Site) -> None:
    site.answers["/sitemap.xml"] = web.Response(
        body=f"<sitemapindex><sitemap><loc>{site.url}/one.xml.gz</loc></sitemap></sitemapindex>".encode(),
        content_type="application/xml",
    )
    urls = "".join(f"<url><loc>{site.url}/a/{n}</loc></url>" for n in range(3))
    site.answers["/one.xml.gz"] = web.Response(
        body=gzip.compress(f"<urlset>{urls}</urlset>".encode()), content_type="application/x-gzip"
    )
    for n in range(3):
        site.answers[f"/a/{n}"] = article(n)
    await line.add(f"{site.url}/sitemap.xml", "sitemap")
    await line.drain()
    assert sorted(line.published()) == [f"{site.url}/a/{n}" for n in range(3)]


async def test_an_empty_page_goes_on(line: Line, site: Site) -> None:
    site.answers["/empty"] = web.Response(body=b"", content_type="text/html")
    await line.add(f"{site.url}/empty")
    await line.drain()
    assert [page.body for page in line.pages] == [b""]


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "not_found"), (410, "not_found"), (403, "http_4xx")]
)
async def test_a_source_that_is_gone_is_buried_as_it_came(
    line: Line, site: Site, status: int, reason: str
) -> None:
    site.answers["/gone"] = web.Response(status=status)
    record = await line.add(f"{site.url}/gone", tags=("园区",))
    await line.drain()
    assert line.dead == [(record, reason, f"HTTP {status}")]
    assert site.paths().count("/gone") == 1
    assert (await line.state(f"{site.url}/gone"))["state"] == "gone"


async def test_a_link_that_is_gone_is_nobodys_dead_letter(line: Line, site: Site) -> None:
    site.answers["/list/"] = html(links(1, 2, 3, 4, 5))
    await line.add(f"{site.url}/list/", "list")
    await line.drain()
    assert line.dead == []
    assert line.outcomes.count("not_found") == 5


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (web.Response(body=b"%PDF-1.7", content_type="application/pdf"), "unsupported_type"),
        (web.Response(body=b"\x89PNG\r\n", content_type="image/png"), "unsupported_type"),
        (web.Response(body=b"PK\x03\x04", content_type="text/html"), "unsupported_type"),
        (
            web.Response(
                body=gzip.compress(bytes(50 * 1024 * 1024)),
                content_type="text/html",
                headers={"Content-Encoding": "gzip"},
            ),
            "too_large",
        ),
        (
            web.Response(
                body=b"abc", content_type="text/html", headers={"Content-Encoding": "lzma"}
            ),
            "bad_encoding",
        ),
        (web.Response(status=302, headers={"Location": "http://10.1.2.3/"}), "forbidden_address"),
        (web.Response(status=302, headers={"Location": "http://[::1]/"}), "forbidden_address"),
        (web.Response(status=301, headers={"Location": "file:///etc/passwd"}), "bad_redirect"),
        (web.Response(status=302, headers={"Location": "/bad"}), "bad_redirect"),
        (web.Response(status=302, headers={"Location": "http://a:b@[/"}), "bad_redirect"),
        (web.Response(status=302), "bad_redirect"),
    ],
)
async def test_what_is_refused_for_good(
    line: Line, site: Site, answer: web.Response, reason: str
) -> None:
    site.answers["/bad"] = answer
    record = await line.add(f"{site.url}/bad")
    await line.drain()
    assert [(dead[0], dead[1]) for dead in line.dead] == [(record, reason)]
    assert line.pages == []


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_50_megabytes_is_refused_early(
    line: Line, site: Site, chunked: bool
) -> None:
    sent = 0

    async def large(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        if not chunked:
            response.content_length = 50 * 1024 * 1024
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(50):
                await response.write(b" " * 1024 * 1024)
                sent += 1
        return response

    site.answers["/large"] = large
    await line.add(f"{site.url}/large")
    await line.drain()
    assert [reason for _, reason, _ in line.dead] == ["too_large"]
    assert sent < 25


async def test_redirects_are_followed(line: Line, site: Site) -> None:
    site.answers["/old"] = web.Response(status=301, headers={"Location": "/newer?a=1#x"})
    site.answers["/newer?a=1"] = web.Response(status=302, headers={"Location": "./newest"})
    site.answers["/newest"] = article(1)
    await line.add(f"{site.url}/old")
    await line.drain()
    assert [(p.url, p.final_url) for p in line.pages] == [(f"{site.url}/old", f"{site.url}/newest")]


async def test_an_entrance_that_refreshes_to_another_page(line: Line, site: Site) -> None:
    refresh = "<meta http-equiv='refresh' content='0; url=/a/20240501.html'>"
    site.answers["/"] = web.Response(text=f"<html>{refresh}</html>", content_type="text/html")
    site.answers["/a/20240501.html"] = article(1)
    await line.add(f"{site.url}/")
    await line.drain()
    assert [page.final_url for page in line.pages] == [f"{site.url}/a/20240501.html"]


async def test_a_redirect_to_another_host_asks_its_robots_first(line: Line, site: Site) -> None:
    async with serving() as other:
        other.answers["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /private")
        other.answers["/private"] = article(1)
        site.answers["/a"] = web.Response(status=302, headers={"Location": f"{other.url}/private"})
        await line.add(f"{site.url}/a")
        await line.drain()
        assert other.paths() == ["/robots.txt"]
    assert [reason for _, reason, _ in line.dead] == ["robots_disallowed"]


async def test_robots_disallow(line: Line, site: Site) -> None:
    site.answers["/robots.txt"] = web.Response(
        text="User-agent: parkwire\nDisallow: /private\n\nUser-agent: *\nDisallow: /"
    )
    site.answers["/private/a"] = article(1)
    site.answers["/public/a"] = article(2)
    await line.add(f"{site.url}/private/a")
    await line.add(f"{site.url}/public/a")
    await line.drain()
    assert [reason for _, reason, _ in line.dead] == ["robots_disallowed"]
    assert line.published() == [f"{site.url}/public/a"]
    assert sorted(site.paths()) == ["/public/a", "/robots.txt"]


async def test_robots_that_fail_allow_nothing_until_they_answer(line: Line, site: Site) -> None:
    site.answers["/robots.txt"] = web.Response(status=503)
    site.answers["/a"] = article(1)
    await line.add(f"{site.url}/a")
    async with line.running():
        await until(lambda: "robots_unreachable" in line.outcomes)
        assert "/a" not in site.paths()
        site.answers["/robots.txt"] = web.Response(status=404)
        await line.drained()
    assert line.published() == [f"{site.url}/a"]


async def test_robots_are_kept_for_other_replicas_and_restarts(line: Line, site: Site) -> None:
    for n in range(3):
        site.answers[f"/a/{n}"] = article(n)
        await line.add(f"{site.url}/a/{n}")
        await line.drain()
    assert site.paths().count("/robots.txt") == 1


async def test_a_crawl_delay_is_kept(line: Line, site: Site) -> None:
    site.answers["/robots.txt"] = web.Response(text="User-agent: *\nCrawl-delay: 0.3")
    for n in range(3):
        site.answers[f"/a/{n}"] = article(n)
        await line.add(f"{site.url}/a/{n}")
    await line.drain()
    times = [at for at, _ in site.asked][1:]
    assert len(times) == 3
    assert min(b - a for a, b in pairwise(times)) > 0.27


async def test_unavailable_with_retry_after_backs_off(line: Line, site: Site) -> None:
    site.answers["/a"] = web.Response(status=503, headers={"Retry-After": "1"})
    site.answers["/b"] = article(2)
    await line.add(f"{site.url}/a")
    async with line.running():
        await until(lambda: "http_503" in line.outcomes)
        site.answers["/a"] = article(1)
        await line.add(f"{site.url}/b")
        await line.drained()
    failed, *later = [at for at, path in site.asked if path in {"/a", "/b"}]
    assert later[0] - failed > 0.95
    assert len(line.pages) == 2
    assert line.dead == []


async def test_transient_failures_are_bounded_and_then_buried(line: Line, site: Site) -> None:
    site.answers["/a"] = web.Response(status=500)
    record = await line.add(f"{site.url}/a")
    await line.drain()
    assert line.dead == [(record, "http_5xx", "HTTP 500")]
    assert site.paths().count("/a") == FAST.max_attempts
    assert line.outcomes == ["http_5xx"] * 3


async def test_a_source_that_has_worked_is_not_given_up(line: Line, site: Site) -> None:
    site.answers["/list/"] = html(links(1, 2, 3, 4, 5))
    await line.add(f"{site.url}/list/", "list", depth=0, every=1)
    async with line.running():
        await until(lambda: "links" in line.outcomes)
        site.answers["/list/"] = web.Response(status=500)
        await until(lambda: line.outcomes.count("http_5xx") >= 4)
    assert line.dead == []


@pytest.mark.parametrize("cut", ["at once", "in the body"])
async def test_a_server_that_hangs_up(line: Line, site: Site, cut: str) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        response.content_length = 1000
        if cut == "in the body":
            await response.prepare(request)
            await response.write(b"abc")
        assert request.transport is not None
        request.transport.close()
        return response

    site.answers["/a"] = hang_up
    await line.add(f"{site.url}/a")
    await line.drain()
    assert [reason for _, reason, _ in line.dead] == ["connection"]
    assert line.pages == []


async def test_a_server_that_does_not_answer(line: Line, site: Site) -> None:
    async def sleep(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    site.answers["/a"] = sleep
    await line.add(f"{site.url}/a")
    await line.drain(FAST.model_copy(update={"read_timeout": 0.2, "max_attempts": 1}))
    assert [reason for _, reason, _ in line.dead] == ["timeout"]


async def test_a_server_that_drips_is_cut_off_by_the_total_time(line: Line, site: Site) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                await response.write(b"<p>")
                await asyncio.sleep(0.1)
        return response

    site.answers["/a"] = drip
    await line.add(f"{site.url}/a")
    started = time.monotonic()
    await line.drain(FAST.model_copy(update={"total_timeout": 0.5, "max_attempts": 1}))
    assert [reason for _, reason, _ in line.dead] == ["timeout"]
    assert time.monotonic() - started < 5


async def test_hosts_in_chinese_and_in_punycode_are_one(line: Line) -> None:
    await line.add("http://园区.example/a")
    await line.add("http://xn--dkrx9f.example/b")
    hosts = await line.pool.fetch("SELECT host FROM frontier.hosts")
    assert len(hosts) == 1
    assert (await line.frontier.turn("http://园区.example/a", 0)).taken
    assert not (await line.frontier.turn("http://xn--dkrx9f.example/b", 0)).taken


async def test_a_port_where_nobody_listens(line: Line) -> None:
    await line.add("http://127.0.0.1:9/")
    await line.drain(FAST.model_copy(update={"max_attempts": 1}))
    assert [reason for _, reason, _ in line.dead] == ["connection"]


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    subprocess.run(
        [*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_vouches_for(
    line: Line, self_signed: ssl.SSLContext
) -> None:
    async with serving(self_signed) as site:
        site.answers["/a"] = article(1)
        await line.add(f"{site.url}/a")
        await line.drain()
        assert site.asked == []
    assert [reason for _, reason, _ in line.dead] == ["tls"]


async def test_without_permission_the_server_is_not_reached(line: Line, site: Site) -> None:
    await line.add(f"{site.url}/a")
    await line.drain(FAST.model_copy(update={"allow_networks": ()}))
    assert [reason for _, reason, _ in line.dead] == ["forbidden_address"]
    assert site.asked == []


async def test_a_conditional_request_and_304(line: Line, site: Site) -> None:
    async def conditional(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304)
        answer = article(1)
        answer.headers["ETag"] = '"v1"'
        return answer

    site.answers["/a"] = conditional
    await line.add(f"{site.url}/a", "article", every=1)
    async with line.running():
        await until(lambda: line.outcomes.count("not_modified") >= 2)
    assert len(line.pages) == 1
    assert line.outcomes[:3] == ["published", "not_modified", "not_modified"]


async def test_a_page_with_the_same_bytes_is_not_published_again(line: Line, site: Site) -> None:
    site.answers["/a"] = article(1)
    await line.add(f"{site.url}/a", "article", every=1)
    async with line.running():
        await until(lambda: "unchanged" in line.outcomes)
        site.answers["/a"] = article(2)
        await until(lambda: len(line.pages) >= 2)
    assert line.pages[0].body != line.pages[1].body


async def test_adding_again_fetches_and_publishes_again(line: Line, site: Site) -> None:
    site.answers["/a"] = article(1)
    for _ in range(2):
        await line.add(f"{site.url}/a")
        await line.drain()
    assert len(line.pages) == 2
    assert line.traces == ["t1", "t2"]


async def test_adding_again_while_it_is_being_fetched(line: Line, site: Site) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return article(1)

    site.answers["/a"] = slow
    await line.add(f"{site.url}/a")
    async with line.running():
        await until(lambda: "/a" in site.paths())
        await line.add(f"{site.url}/a")
        await line.drained()
    assert line.traces == ["t1", "t2"]


async def test_two_crawlers_keep_one_hosts_pace(line: Line, site: Site, postgres_dsn: str) -> None:
    other_pool = await connect(postgres_dsn, size=2, application_name="other")
    line.frontier = Frontier(line.pool, pace=0.15)
    other = Line(Frontier(other_pool, pace=0.15), other_pool)
    for n in range(12):
        site.answers[f"/a/{n}"] = article(n)
        await line.add(f"{site.url}/a/{n}")
    # One URL a lease: the crawlers take turns at the host.
    settings = FAST.model_copy(update={"host_pages": 1})
    async with line.running(settings), other.running(settings):
        await line.drained()
    await other_pool.close()
    assert len(line.pages) + len(other.pages) == 12
    assert line.pages
    assert other.pages
    times = [at for at, _ in site.asked]
    assert min(b - a for a, b in pairwise(times)) > 0.12


async def test_a_killed_crawlers_page_comes_back(line: Line, site: Site) -> None:
    site.answers["/a"] = article(1)
    await line.add(f"{site.url}/a")
    assert await line.frontier.lease("killed", 10, 0.3) == [site.url.removeprefix("http://")]
    started = time.monotonic()
    await line.drain()
    assert len(line.pages) == 1
    assert time.monotonic() - started > 0.2


async def test_a_crawler_that_lost_its_lease_lets_go(line: Line, site: Site) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return article(1)

    site.answers["/a"] = slow
    await line.add(f"{site.url}/a")
    async with line.running(FAST.model_copy(update={"lease": 0.3})):
        await until(lambda: "/a" in site.paths())
        await line.pool.execute(
            "UPDATE frontier.hosts SET owner = 'thief', lease_until = now() + '1 hour'"
        )
        await asyncio.sleep(1.2)
    assert line.pages == []
    assert (await line.frontier.backlog()).due == 1


async def test_a_host_leased_while_leases_are_renewed_keeps_its_worker(
    line: Line, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = line.frontier.renew

    async def renew_slowly(owner: str, hosts: Collection[str], seconds: float) -> set[str]:
        held = await renew(owner, hosts, seconds)
        await until(lambda: "/a" in site.paths())
        return held

    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return article(1)

    monkeypatch.setattr(line.frontier, "renew", renew_slowly)
    site.answers["/a"] = slow
    async with line.running(FAST.model_copy(update={"lease": 1.5})):
        await asyncio.sleep(0.6)  # the first renewal waits, with no worker to ask for
        await line.add(f"{site.url}/a")
        await until(lambda: bool(line.pages))
    assert site.paths().count("/a") == 1


async def test_what_publish_raises_ends_the_crawl_and_the_url_stays_due(
    line: Line, site: Site
) -> None:
    async def refuse(_: Page, __: str) -> None:
        raise RuntimeError("the broker is gone")

    site.answers["/a"] = article(1)
    await line.add(f"{site.url}/a")
    async with crawling(
        FAST,
        line.frontier,
        publish=refuse,
        bury=line.bury,
        observe=line.observe,
        waited=line.waits.append,
    ) as crawl:
        with pytest.raises(RuntimeError, match="the broker is gone"):
            await crawl.run(asyncio.Event())
    assert (await line.frontier.backlog()).due == 1
    assert (await line.frontier.backlog()).leased == 0
    await line.drain()
    assert len(line.pages) == 1


async def test_stopping_finishes_the_request_in_hand(line: Line, site: Site) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return article(1)

    for n in range(3):
        site.answers[f"/a/{n}"] = slow
        await line.add(f"{site.url}/a/{n}")
    async with line.running():
        await until(lambda: len(site.asked) >= 2)
    assert len(line.pages) == 1
    backlog = await line.frontier.backlog()
    assert (backlog.due, backlog.leased) == (2, 0)


async def test_stopping_gives_up_a_request_after_its_grace(line: Line, site: Site) -> None:
    async def sleep(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    site.answers["/a"] = sleep
    await line.add(f"{site.url}/a")
    started = time.monotonic()
    async with line.running(FAST.model_copy(update={"grace": 0.2})):
        await until(lambda: len(site.asked) >= 2)
    assert time.monotonic() - started < 2
    backlog = await line.frontier.backlog()
    assert (backlog.due, backlog.leased) == (1, 0)


async def test_a_database_that_goes_away_loses_nothing(line: Line, site: Site) -> None:
    for n in range(10):
        site.answers[f"/a/{n}"] = article(n)
        await line.add(f"{site.url}/a/{n}")
    async with line.running():
        for _ in range(5):
            await asyncio.sleep(0.05)
            await line.pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await asyncio.sleep(0.2)
        await line.drained()
    assert len(set(line.published())) == 10
    assert line.dead == []


async def test_many_hosts_are_served_side_by_side(line: Line) -> None:
    async with contextlib.AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(serving()) for _ in range(5)]

        async def slow(_: web.Request) -> web.StreamResponse:
            await asyncio.sleep(0.3)
            return article(1)

        for one in sites:
            one.answers["/a"] = slow
            await line.add(f"{one.url}/a")
        started = time.monotonic()
        await line.drain()
    assert len(line.pages) == 5
    assert time.monotonic() - started < 1.4


async def test_a_list_without_links_is_recorded(line: Line, site: Site) -> None:
    site.answers["/rss"] = web.Response(
        text="<rss><channel/></rss>", content_type="application/rss+xml"
    )
    await line.add(f"{site.url}/rss", "feed")
    await line.drain()
    assert line.outcomes == ["nothing"]
    assert line.pages == []
    assert (await line.state(f"{site.url}/rss"))["outcome"] == "nothing"


def part(number: int, parts: int) -> web.Response:
    pager = "".join(
        f"<a href='20240501{'' if n == 1 else f'_{n}'}.html'>{n}</a>"
        for n in range(1, parts + 1)
        if n != number
    )
    following = f"<a href='20240501_{number + 1}.html'>下一页</a>" if number < parts else ""
    return html(
        f"<h1>多页报道</h1><div class='text'><p>第{number}部分。{PROSE}</p></div>"
        f"<div class='pages'>{pager}{following}</div>"
        f"<a href='/a/20240502.html'>下一篇：另一篇报道</a>"
    )


@pytest.mark.parametrize("kind", ["auto", "article"])
async def test_an_article_over_three_pages_becomes_one(
    line: Line, site: Site, kind: SourceKind
) -> None:
    for n, path in enumerate(("20240501", "20240501_2", "20240501_3"), 1):
        site.answers[f"/a/{path}.html"] = part(n, 3)
    await line.add(f"{site.url}/a/20240501.html", kind)
    await line.drain()
    (page,) = line.pages
    text = page.body.decode()
    assert page.url == page.final_url == f"{site.url}/a/20240501.html"
    assert [text.count(f"第{n}部分。") for n in (1, 2, 3)] == [1, 1, 1]
    assert (
        text.index("第1部分") < text.index("第2部分") < text.index("第3部分") < text.index("下一篇")
    )
    assert site.paths() == [
        "/robots.txt", "/a/20240501.html", "/a/20240501_2.html", "/a/20240501_3.html"
    ]  # fmt: skip


async def test_a_part_that_fails_for_now_is_waited_for(line: Line, site: Site) -> None:
    site.answers["/a/20240501.html"] = part(1, 2)
    site.answers["/a/20240501_2.html"] = web.Response(status=500)
    await line.add(f"{site.url}/a/20240501.html", "article")
    async with line.running():
        await until(lambda: "http_5xx" in line.outcomes)
        assert line.pages == []
        site.answers["/a/20240501_2.html"] = part(2, 2)
        await line.drained()
    (page,) = line.pages
    assert "第2部分" in page.body.decode()


async def test_a_part_that_is_gone_is_left_out(line: Line, site: Site) -> None:
    site.answers["/a/20240501.html"] = part(1, 2)
    await line.add(f"{site.url}/a/20240501.html", "article")
    await line.drain()
    assert ["第1部分" in page.body.decode() for page in line.pages] == [True]


async def test_the_sitemaps_that_robots_name_are_followed_for_a_whole_site(
    line: Line, site: Site
) -> None:
    site.answers["/robots.txt"] = web.Response(
        text=f"User-agent: *\nAllow: /\nSitemap: {site.url}/index.xml\n"
    )
    site.answers["/index.xml"] = web.Response(
        text=f"<sitemapindex><sitemap><loc>{site.url}/news.xml.gz</loc></sitemap></sitemapindex>",
        content_type="application/xml",
    )
    urls = "".join(f"<url><loc>{site.url}/n/{2000 + n}.html</loc></url>" for n in range(3))
    site.answers["/news.xml.gz"] = web.Response(
        body=gzip.compress(f"<urlset>{urls}</urlset>".encode()), content_type="application/gzip"
    )
    for n in range(3):
        site.answers[f"/n/{2000 + n}.html"] = article(n)
    site.answers["/"] = html(links(1, 2, 3, 4, 5))
    site.answers["/list/"] = html(links(1, 2, 3, 4, 5))
    await line.add(f"{site.url}/list/")
    await line.drain()
    assert "/index.xml" not in site.paths()
    await line.add(f"{site.url}/")
    await line.drain()
    assert sorted(line.published()) == [f"{site.url}/n/{2000 + n}.html" for n in range(3)]


async def test_where_a_page_has_moved_is_recorded(line: Line, site: Site) -> None:
    site.answers["/old"] = web.Response(status=301, headers={"Location": "/a/20240501.html"})
    site.answers["/a/20240501.html"] = article(1)
    await line.add(f"{site.url}/old")
    await line.add(f"{site.url}/a/20240501.html")
    await line.drain()
    assert (await line.state(f"{site.url}/old"))["moved_to"] == f"{site.url}/a/20240501.html"
    assert (await line.state(f"{site.url}/a/20240501.html"))["moved_to"] is None


async def test_a_host_that_asks_for_its_cookie_gets_it_once(line: Line, site: Site) -> None:
    async def wall(request: web.Request) -> web.StreamResponse:
        if request.cookies.get("pass") == "1":
            return article(1)
        headers = {"Location": "/a/20240501.html", "Set-Cookie": "pass=1; Path=/"}
        return web.Response(status=302, headers=headers)

    site.answers["/a/20240501.html"] = wall
    site.answers["/a/20240502.html"] = article(2)
    await line.add(f"{site.url}/a/20240501.html")
    await line.add(f"{site.url}/a/20240502.html")
    await line.drain()
    assert len(line.pages) == 2
    assert [h.get("Cookie") for h in site.headers["/a/20240501.html"]] == [None, "pass=1"]
    assert "Cookie" not in site.headers["/a/20240502.html"][0]


async def test_a_redirect_to_a_host_that_rests_waits_as_long_as_it_does(
    line: Line, site: Site
) -> None:
    async with serving() as other:
        other.answers["/robots.txt"] = web.Response(status=503, headers={"Retry-After": "600"})
        site.answers["/a"] = web.Response(status=302, headers={"Location": f"{other.url}/b"})
        site.answers["/c"] = web.Response(status=302, headers={"Location": f"{other.url}/d"})
        await line.add(f"{other.url}/first")
        async with line.running():
            await until(lambda: "robots_unreachable" in line.outcomes)
            await line.add(f"{site.url}/a")
            await until(lambda: "busy" in line.outcomes)
            await asyncio.sleep(0.3)
        assert site.paths().count("/a") == 1
    due_in = "extract(epoch FROM due_at - now())"
    wait = await line.pool.fetchval(f"SELECT {due_in} FROM frontier.urls WHERE outcome = 'busy'")
    assert 500 < wait <= 600


async def test_what_a_hosts_pages_are_is_learnt_from_them(line: Line, site: Site) -> None:
    for n in range(1, 5):
        site.answers[f"/news/2024/{1000 + n}.html"] = article(n)
        await line.add(f"{site.url}/news/2024/{1000 + n}.html")
    await line.drain()
    # Nothing speaks for this link but what is known of others like it.
    site.answers["/short/"] = html(
        "<a href='/news/2024/1009.html'>快讯</a><a href='/about'>关于</a>"
    )
    site.answers["/news/2024/1009.html"] = article(9)
    await line.add(f"{site.url}/short/", "list")
    await line.drain()
    assert line.published()[-1] == f"{site.url}/news/2024/1009.html"
    assert "/about" not in site.paths()
