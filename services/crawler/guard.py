"""Which addresses the crawler may connect to: public ones, and those that an operator allows.

The decision falls where a socket is made, so that no spelling of a host, no redirect and no name
that resolves differently the second time gets around it.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

from aiohappyeyeballs import AddrInfoType

PORTS: Final = frozenset({80, 443})
LONGEST_URL: Final = 2000

# All that is allocated for global unicast (RFC 4291 section 2.4 and IANA's registry). What lies
# outside includes NAT64, IPv4-compatible, site-local, link-local and multicast addresses, some of
# which `is_global` takes for global.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Special-purpose blocks (RFC 6890 and IANA's registries) that `is_global` of one Python version or
# another does not know: protocol assignments, 6to4 and its relays, AMT, direct delegation,
# benchmarking, documentation.
_SPECIAL: Final = tuple(
    ip_network(block)
    for block in (
        "192.0.0.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.175.48.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


_BLANK: Final = re.compile(r"[\x00-\x20\x7f]")


class ForbiddenAddressError(OSError):
    """The address or port is not one that the crawler may connect to."""

    def __init__(self) -> None:
        # The same words for every address: a host with several gets one error, not a summary.
        super().__init__("an address that is not public, or a port that is not 80 or 443")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether anyone on the Internet can be expected to reach `address`."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in block for block in _SPECIAL)
    )


def refusal(url: str) -> str | None:
    """Return why `url` is none that can be fetched, or None.

    This is about its form alone; where it leads is decided by `Guard`.
    """
    if len(url) > LONGEST_URL:
        return f"longer than {LONGEST_URL} characters"
    if _BLANK.search(url):
        return "white space or control characters in the URL"
    try:
        url.encode()
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme.lower() not in {"http", "https"}:
        return "neither http nor https"
    if "@" in parts.netloc or "\\" in url:
        return "credentials or a backslash in the URL"
    if not parts.hostname or "%" in parts.hostname or port == 0:
        return "no host, an encoded one, or port 0"
    return None


@dataclass(frozen=True, slots=True)
class Guard:
    """Makes sockets to permitted addresses only."""

    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def permits(self, address: IPv4Address | IPv6Address, port: int) -> bool:
        """Return whether a connection to `address` and `port` may be made."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self.allow_networks):
            return True
        return port in PORTS and is_public(address)

    def socket(self, info: AddrInfoType) -> socket.socket:
        """Return a socket for the connection that `info` describes.

        For aiohttp's `TCPConnector(socket_factory=…)`, which asks for every address it is about to
        connect to, whether it was resolved or written in the URL.

        Raises:
            ForbiddenAddressError: the connection must not be made.
        """
        family, kind, protocol, _, (host, port, *_) = info
        if not isinstance(host, str) or not self.permits(ip_address(host), int(port)):
            raise ForbiddenAddressError
        return socket.socket(family=family, type=kind, proto=protocol)
