"""What a replica remembers of hosts: their pages, as the topic `templates` tells them.

Bounded twice: a host has eight pages of at most 200 lines (some 3 KiB), and the hosts that were
asked for least recently are forgotten when there are too many.
"""

from collections import OrderedDict
from typing import Final

import structlog

from services.cleaner.template import Seen, remember
from services.contracts.codec import PAGE_LINES, UndecodableError
from services.contracts.identity import site

_MOST_HOSTS: Final = 20_000

_log = structlog.get_logger(__name__)


class HostMemory:
    """The remembered pages of every host."""

    def __init__(self, most_hosts: int = _MOST_HOSTS) -> None:
        self._most = most_hosts
        self._hosts: OrderedDict[str, dict[str, Seen]] = OrderedDict()

    def put(self, key: bytes, value: bytes | None) -> None:
        """Take in a record of the topic: the page in a host's slot, or None to forget it."""
        host, _, slot = key.decode("utf-8", "replace").rpartition("/")
        pages = self._hosts.setdefault(host, {})
        pages.pop(slot, None)
        if value is not None:
            try:
                pages[slot] = remember(PAGE_LINES.decode(value, {}))
            except UndecodableError as error:
                _log.warning("a page's lines cannot be read", host=host, slot=slot, why=str(error))
        if not pages:
            del self._hosts[host]
        while len(self._hosts) > self._most:
            self._hosts.popitem(last=False)

    def pages_of(self, url: bytes) -> tuple[Seen, ...]:
        """Return what is remembered of the host of `url`."""
        try:
            host = site(url.decode("utf-8", "replace"))
        except ValueError:
            return ()
        if host not in self._hosts:
            return ()
        self._hosts.move_to_end(host)
        return tuple(self._hosts[host].values())
