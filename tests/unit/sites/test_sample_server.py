"""The sample sites as servers: what a crawler meets."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.cli.sites import SampleSites


@pytest.fixture
async def sites() -> AsyncIterator[SampleSites]:
    async with SampleSites() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def test_every_site_has_an_address_of_its_own(sites: SampleSites) -> None:
    assert len(set(sites.bases.values())) == len(sites.bases) == 6


async def test_sources_are_served(sites: SampleSites, http: aiohttp.ClientSession) -> None:
    assert len(sites.sources) == len(set(sites.sources))
    for url in sites.sources:
        async with http.get(url) as response:
            assert response.status == 200
            assert await response.read()


async def test_absolute_links_carry_the_running_address(
    sites: SampleSites, http: aiohttp.ClientSession
) -> None:
    async with http.get(sites.bases["association"] + "/sitemap.xml") as response:
        assert f"<loc>{sites.bases['association']}/portal/" in await response.text()


async def test_a_known_etag_gets_304(sites: SampleSites, http: aiohttp.ClientSession) -> None:
    url = sites.bases["park"] + "/"
    async with http.get(url) as response:
        etag = response.headers["ETag"]
    async with http.get(url, headers={"If-None-Match": etag}) as response:
        assert (response.status, await response.read()) == (304, b"")


async def test_the_old_portal_compresses(sites: SampleSites, http: aiohttp.ClientSession) -> None:
    headers = {"Accept-Encoding": "gzip"}
    async with http.get(sites.bases["energy"] + "/news/", headers=headers) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert (await response.read())[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/missing.html", 404),
        ("/no-such-page", 404),
        ("/gone.html", 200),
        ("/empty.html", 200),
        ("/photo.html", 200),
        ("/garbage.html", 200),
        ("/private.html", 302),
        ("/metadata.html", 302),
        ("/loop.html", 302),
    ],
)
async def test_the_corner(
    sites: SampleSites, http: aiohttp.ClientSession, path: str, status: int
) -> None:
    async with http.get(sites.bases["corner"] + path, allow_redirects=False) as response:
        assert response.status == status
        assert response.content_type == "text/html" or path == "/no-such-page"


async def test_the_huge_page_comes_in_pieces_without_a_length(
    sites: SampleSites, http: aiohttp.ClientSession
) -> None:
    async with http.get(sites.bases["corner"] + "/huge.html") as response:
        assert response.content_length is None
        assert len(await response.content.readexactly(1_000_000)) == 1_000_000


async def test_visits_are_recorded(sites: SampleSites, http: aiohttp.ClientSession) -> None:
    headers = {"User-Agent": "sample/1"}
    async with http.get(sites.bases["epaper"] + "/robots.txt", headers=headers):
        pass
    (visit,) = sites.visits
    assert (visit.site, visit.path, visit.user_agent) == ("epaper", "/robots.txt", "sample/1")


async def test_a_closed_site_is_gone(http: aiohttp.ClientSession) -> None:
    sites = SampleSites(host="127.0.0.1")
    await sites.start()
    await sites.close()
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.get(sites.bases["park"] + "/")


async def test_a_public_host_names_the_pages() -> None:
    async with SampleSites(host="127.0.0.1", public_host="sites") as sites:
        assert all(url.startswith("http://sites:") for url in sites.sources)


async def test_a_port_in_use_is_an_error_and_leaks_nothing() -> None:
    async with SampleSites(host="127.0.0.1") as first:
        port = int(first.bases["park"].rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await SampleSites(host="127.0.0.1", port_base=port - 1).start()
