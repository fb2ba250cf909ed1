"""Serve the sample sites until interrupted: `python -m services.cli.sites --port-base 8800`."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from services.cli.sites.answers import export
from services.cli.sites.articles import SITES
from services.cli.sites.server import SampleSites


def main() -> int:
    """Read the command line and serve, or write the pages to a folder.

    Standard output: one source URL a line, as `parkwire add -` reads them.
    """
    parser = argparse.ArgumentParser(prog="python -m services.cli.sites", description=__doc__)
    parser.add_argument("--host", help="address to bind (default: loopback)")
    parser.add_argument("--port-base", type=int, default=8800, help="sites use the ports after it")
    parser.add_argument("--public-host", help="host name in the pages' URLs (default: --host)")
    parser.add_argument(
        "--bad", action="store_true", help="also print the URLs that hold no article"
    )
    parser.add_argument(
        "--export", type=Path, metavar="DIR", help="write pages and answers there instead"
    )
    arguments = parser.parse_args()
    if arguments.export:
        export(arguments.export, {site: f"http://{site}.example" for site in SITES})
        return 0
    sites = SampleSites(
        host=arguments.host, port_base=arguments.port_base, public_host=arguments.public_host
    )
    try:
        asyncio.run(_serve(sites, bad=arguments.bad))
    except OSError as error:
        print(f"cannot serve the sample sites: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(sites: SampleSites, *, bad: bool) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with sites:
        print(*sites.sources, *(sites.bad_sources if bad else ()), sep="\n", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
