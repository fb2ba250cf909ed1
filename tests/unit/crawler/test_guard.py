import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from services.crawler.fetch import Budget, Failure, Http
from services.crawler.guard import (
    LONGEST_URL,
    ForbiddenAddressError,
    Guard,
    is_public,
    refusal,
)
from services.crawler.settings import CrawlerSettings

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.9",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2620:4f:8000::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "114.114.114.114",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "169.253.1.1",
    "192.167.255.255",
    "223.255.255.254",
    "198.20.0.1",
    "::ffff:8.8.8.8",
    "2606:4700:4700::1111",
    "2400:3200::1",
    "2001:4860:4860::8888",
    "240e::1",
]

# Names that resolve to what they should not, as whoever owns a name can have it.
NAMES = {
    "loop.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "intranet.example": ["10.1.2.3"],
    "six.example": ["fd00::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "several.example": ["127.0.0.1", "::1", "192.168.1.1"],
}

HOSTILE = [
    "http://127.0.0.1/",
    "http://127.0.0.1:80/",
    "https://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254/",
    "http://0/",
    "http://0.0.0.0/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://2130706433/",
    "http://0300.0250.0.1/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254:80/latest/meta-data/iam/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/admin",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://192.88.99.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://１２７.０.０.１/",
    "http://loop.example/",
    "http://metadata.example/",
    "http://intranet.example/",
    "http://six.example/",
    "http://mapped.example/",
    "http://nat64.example/",
    "http://several.example/",
    "http://8.8.8.8:22/",
    "http://8.8.8.8:6379/",
    "http://[2606:4700:4700::1111]:9200/",
    "https://1.1.1.1:8443/",
    "http://8.8.8.8:0/",
    "http://8.8.8.8:99999/",
    "http://8.8.8.8:80:80/",
    "http://user@127.0.0.1/",
    "http://8.8.8.8@127.0.0.1/",
    "http://127.0.0.1@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http:///etc/passwd",
    "http://",
    "//127.0.0.1/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "jar:http://127.0.0.1!/",
    "unix:///var/run/docker.sock",
    "data:text/html,x",
    "javascript:alert(1)",
    "http://[::1",
    "http://[fe80::1%25lo]/",
    "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1%0d%0aHost:x/",
    "http://%31%32%37.0.0.1/",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not Guard().permits(ip_address(address), 80)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))
    assert Guard().permits(ip_address(address), 443)


@pytest.mark.parametrize("port", [0, 21, 22, 25, 6379, 8080, 9092, 65535])
def test_other_ports_of_public_addresses_are_refused(port: int) -> None:
    assert not Guard().permits(ip_address("8.8.8.8"), port)


def test_an_allowed_network_is_open_on_any_port_and_nothing_else_is() -> None:
    guard = Guard((ip_network("127.0.0.0/8"), ip_network("fd00::/8")))
    assert guard.permits(ip_address("127.0.0.1"), 8080)
    assert guard.permits(ip_address("::ffff:127.0.0.1"), 8080)
    assert guard.permits(ip_address("fd00::5"), 1)
    assert not guard.permits(ip_address("10.0.0.1"), 80)
    assert not guard.permits(ip_address("8.8.8.8"), 8080)


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254"])
def test_no_socket_is_made_for_a_forbidden_address(host: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        Guard().socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 80)))


@pytest.mark.parametrize("host", ["::1", "fe80::1%lo"])
def test_no_socket_is_made_for_a_forbidden_ipv6_address(host: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        Guard().socket((socket.AF_INET6, socket.SOCK_STREAM, 6, "", (host, 80, 0, 0)))


def test_a_socket_for_a_permitted_address() -> None:
    with Guard().socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))) as made:
        assert made.family == socket.AF_INET


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "HTTPS://EXAMPLE.COM/a?b=c#d",
        "http://例子.测试/路径",
        "http://example.com:8080/",
        "http://[2400:3200::1]/",
        "http://example.com/" + "a" * (LONGEST_URL - 19),
    ],
)
def test_urls_of_good_form(url: str) -> None:
    assert refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "http://a b/",
        "http://a/\n",
        "http://a/\x7f",
        "http://a:b@c/",
        "http://a%2eb/",
        "http://a/" + "b" * LONGEST_URL,
    ],
)
def test_urls_of_bad_form(url: str) -> None:
    assert refusal(url)


@pytest.fixture
async def http(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Http]:
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, **options: Any) -> list[Any]:
        found = []
        for address in NAMES.get(host, [host]):
            found += resolve(address, port, **options)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    client = Http(CrawlerSettings(connect_timeout=1, total_timeout=3))
    yield client
    await client.close()


def test_the_table_is_long_enough() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("url", HOSTILE)
async def test_hostile_urls_reach_nothing(
    url: str, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = []

    async def sock_connect(_: socket.socket, address: object) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", sock_connect)
    result = await http.get(url, {}, Budget(3))
    assert reached == []
    assert isinstance(result, Failure)
    # "localhost." is a name that not every resolver knows.
    assert result.reason in {"bad_url", "forbidden_address", "unknown_host"}
    assert result.reason != "unknown_host" or "localhost." in url


async def test_a_public_address_is_reached(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table above proves something only if a harmless URL gets as far as the network."""
    reached = []

    async def sock_connect(_: socket.socket, address: object) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", sock_connect)
    result = await http.get("http://8.8.8.8/", {}, Budget(3))
    assert reached == [("8.8.8.8", 80)]
    assert isinstance(result, Failure)
    assert result.reason == "connection"
