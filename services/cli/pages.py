"""Pages from files and from the web, for `parkwire inspect`."""

import mimetypes
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from services.cli.errors import CommandError
from services.contracts.identity import canonical_url
from services.contracts.messages import Page


class Sidecar(Struct, rename="kebab"):
    """What `FILE.headers.json` may say of the response that FILE was."""

    url: str | None = None
    content_type: str | None = None
    fetched_at: datetime | None = None


def is_url(argument: str) -> bool:
    """Return whether an argument names a page on the web rather than a file."""
    return argument.lower().startswith(("http://", "https://"))


def read_page(path: Path, url: str | None, content_type: str | None) -> Page:
    """Return the file at `path` as the page that was fetched.

    `url` and `content_type` stand in for the response; else `FILE.headers.json` beside it, else
    the file's name.

    Raises:
        CommandError: the file or its headers cannot be read, or the URL is none.
    """
    try:
        body = path.read_bytes()
        sidecar = _sidecar(path)
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise CommandError(f"{path}: {error}") from error
    url = url or sidecar.url or f"http://file.invalid/{quote(path.name)}"
    try:
        canonical_url(url)
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error
    guessed, _ = mimetypes.guess_type(path.name)
    return Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": content_type or sidecar.content_type or guessed or "text/html"},
        body=body,
        fetched_at=sidecar.fetched_at or datetime.now(UTC),
        source=url,
    )


def _sidecar(path: Path) -> Sidecar:
    beside = path.with_name(f"{path.name}.headers.json")
    if not beside.exists():
        return Sidecar()
    return msgspec.json.decode(beside.read_bytes(), type=Sidecar)
