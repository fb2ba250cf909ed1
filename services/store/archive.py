"""The archive: raw pages as WARC files in a folder or a bucket, for as long as one likes.

Kafka keeps pages for some days. Where an archive is set, the store reads the topic beside the
cleaner, in a group of its own, and acknowledges pages once a file with them is written; a page that
is read twice lies there twice, and `parkwire replay` takes the newest of each.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from services.contracts.codec import PAGE, UndecodableError, UnknownSchemaError
from services.runtime.outcome import Done, Outcome, Record
from services.runtime.retry import until_it_works
from services.runtime.settings import SettingsError
from services.store.warc import KeptPage, pack

AWAY: Final = (BaseError, OSError)
"""What a folder or a bucket raises that cannot be read or written now."""
_ENDING: Final = ".warc.gz"
_FORGET_SECONDS: Final = 3600.0


class Archive:
    """WARC files in a folder or a bucket, named by when they were written."""

    def __init__(self, url: str) -> None:
        """Raise SettingsError where `url` is none, or there is no such account."""
        self._folder = Path(url) if url.startswith("/") else None
        try:
            self._files = from_url(url) if self._folder is None else LocalStore(url, mkdir=True)
        except (*AWAY, ValueError) as error:
            raise SettingsError(f"PARKWIRE_ARCHIVE_URL: {first_line(error)}") from None

    async def put(self, file: bytes) -> str:
        """Write a new file, surely; return its name. Raises one of `AWAY`."""
        now = datetime.now(UTC)
        name = f"{now:%Y/%m/%d}/{now:%Y%m%dT%H%M%SZ}-{uuid4().hex[:12]}{_ENDING}"
        await obstore.put_async(self._files, name, file)
        if self._folder is not None:
            await asyncio.to_thread(_sync, self._folder, self._folder / name)
        return name

    async def names(self) -> list[str]:
        """Return the names of all WARC files, the oldest first. Raises one of `AWAY`."""
        return sorted([file["path"] async for file in self._listed()])

    async def read(self, name: str) -> bytes:
        """Return a file's bytes. Raises one of `AWAY`."""
        response = await obstore.get_async(self._files, name)
        return bytes(await response.bytes_async())

    async def forget(self, older_than: timedelta) -> int:
        """Delete the files that were written so long ago; return how many. Raises one of `AWAY`."""
        limit = datetime.now(UTC) - older_than
        old = [file["path"] async for file in self._listed() if file["last_modified"] < limit]
        await obstore.delete_async(self._files, old)
        return len(old)

    async def _listed(self) -> "AsyncIterator[obstore.ObjectMeta]":
        async for files in obstore.list(self._files, chunk_size=1000):
            for file in files:
                if file["path"].endswith(_ENDING):  # what else lies there is somebody's own
                    yield file


class Archiver:
    """The handler of the stage that puts pages into the archive."""

    def __init__(self, archive: Archive, keep_days: int | None) -> None:
        self._archive = archive
        self._keep = None if keep_days is None else timedelta(days=keep_days)

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return the outcome of each record, once the archive has them all."""
        file = await asyncio.to_thread(lambda: pack(_pages(records)))
        if file:
            await until_it_works(AWAY, self._archive.put, file)
        return [Done()] * len(records)

    async def forget(self, stop: asyncio.Event) -> None:
        """Delete the files that are older than they are to be kept, until `stop`."""
        while self._keep is not None and not stop.is_set():
            await until_it_works(AWAY, self._archive.forget, self._keep)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _FORGET_SECONDS)


def first_line(error: BaseException) -> str:
    """Return what an error of the object store says, without the structures that it adds."""
    return str(error).strip().partition("\n")[0]


def _pages(records: Sequence[Record]) -> Iterator[KeptPage]:
    """Yield the pages of `records`; what is none is the cleaner's to put aside."""
    for record in records:
        try:
            yield KeptPage(PAGE.decode(record.value, record.headers), record.headers)
        except (UndecodableError, UnknownSchemaError):
            continue


def _sync(folder: Path, file: Path) -> None:
    """Return when the disk has `file` and the names that lead to it from `folder`."""
    for path in (file, *file.parents):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
        if path == folder:
            return
