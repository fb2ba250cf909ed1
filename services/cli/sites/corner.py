"""Responses that carry no article: dead, empty, broken, hostile or far too large."""

from collections.abc import Iterator

from services.cli.sites.resources import PIXEL, Resource

HUGE_PATH = "/huge.html"
HUGE_BYTES = 50 * 1024 * 1024
_HUGE_CHUNK = ("<p>机器生成的填充文字，一行接着一行，没有尽头。</p>\n" * 1024).encode()

NOTHING: dict[str, str] = {
    "/missing.html": "404 with a page for people",
    "/gone.html": "200, but the page says that there is no such page",
    "/empty.html": "200 and not one byte",
    "/app.html": "an empty shell that a script would fill",
    "/photo.html": "a picture that calls itself text/html",
    "/garbage.html": "Content-Encoding says gzip, the bytes do not",
    "/private.html": "redirects to a private address",
    "/metadata.html": "redirects to a link-local address, where clouds keep credentials",
    "/loop.html": "redirects to itself",
    HUGE_PATH: f"a page of {HUGE_BYTES // 1024 // 1024} MiB without a Content-Length",
}
"""The paths of the corner from which no article may come, and why."""


def broken(base: str) -> dict[str, Resource]:
    """Return the resources that need no template; `HUGE_PATH` is streamed, see `huge_chunks`."""
    return {
        "/empty.html": Resource(b""),
        "/photo.html": Resource(PIXEL),
        "/garbage.html": Resource(
            "这不是压缩数据，只是冒充。".encode() * 40, headers={"Content-Encoding": "gzip"}
        ),
        "/private.html": _redirect("http://10.0.0.1/secret.html"),
        "/metadata.html": _redirect("http://169.254.169.254/latest/meta-data/"),
        "/loop.html": _redirect(f"{base}/loop.html"),
    }


def huge_chunks() -> Iterator[bytes]:
    """Yield a page of at least `HUGE_BYTES` in pieces."""
    yield "<html><head><meta charset=utf-8><title>没有尽头的页面</title></head><body>".encode()
    for _ in range(HUGE_BYTES // len(_HUGE_CHUNK) + 1):
        yield _HUGE_CHUNK


def _redirect(location: str) -> Resource:
    return Resource(b"", status=302, headers={"Location": location})
