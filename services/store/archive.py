"""The archive: raw pages as WARC files in a folder or a bucket, for as long as one likes.

Kafka keeps pages for some days. Where an archive is set, the store reads the topic beside the
cleaner, in a group of its own, and acknowledges pages once a file with them is written; a page that
is read twice lies there twice, and `parkwire replay` takes the newest of each.
"""

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from services.contracts.codec import PAGE, UndecodableError, UnknownSchemaError
from services.runtime.headers import REPLAYED
from services.runtime.outcome import Done, Outcome, Record
from services.runtime.retry import until_it_works
from services.runtime.settings import SettingsError
from services.runtime.stage import place
from services.store.warc import KeptPage, pack

AWAY: Final = (BaseError, OSError)
"""What a folder or a bucket raises that cannot be read or written now."""
_FORGET_SECONDS: Final = 3600.0
_TRY_SECONDS: Final = "30s"
"""For one request to a bucket. Who asks tries again and says so, where obstore keeps silent."""
_YEAR: Final = re.compile(r"\d{4}")
_TIME: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"\d{4}/\d\d/\d\d/(\d{8}T\d{6}Z)-[0-9a-f]{12}\.warc\.gz")

_log = structlog.get_logger(__name__)


class Archive:
    """WARC files in a folder or a bucket, named by when they were written.

    What else lies there is somebody's own.
    """

    def __init__(self, url: str, *, make: bool = False) -> None:
        """Open the place `url`; `make` a folder that is not there, in one that is.

        Raises:
            SettingsError: there is no such folder, or the account of the bucket is not told.
        """
        self._folder = Path(url) if url.startswith("/") else None
        try:
            if self._folder is None:
                self._files = from_url(
                    url,
                    retry_config={"max_retries": 0},
                    client_options={"timeout": _TRY_SECONDS, "allow_http": True},
                )
            else:
                if make:
                    self._folder.mkdir(exist_ok=True)
                self._must_be_there()
                self._files = LocalStore(self._folder)
        except (*AWAY, ValueError) as error:
            raise SettingsError(f"PARKWIRE_ARCHIVE_URL: {first_line(error)}") from None

    # By obstore's calls that block, each in a thread: those for asyncio leave threads of their own
    # behind, one of which may meet an interpreter that has ended, and abort the process.

    async def put(self, name: str, file: bytes) -> None:
        """Write a file, surely. Raises one of `AWAY`."""
        await asyncio.to_thread(self._put, name, file)

    async def names(self) -> list[str]:
        """Return the names of all files, by the second of their writing. Raises one of `AWAY`."""
        return await asyncio.to_thread(self._names)

    async def read(self, name: str) -> bytes:
        """Return a file's bytes. Raises one of `AWAY`; FileNotFoundError where it is gone."""
        return await asyncio.to_thread(lambda: bytes(obstore.get(self._files, name).bytes()))

    async def forget(self, older_than: timedelta) -> int:
        """Delete the files that were written so long ago; return how many. Raises one of `AWAY`."""
        limit = datetime.now(UTC) - older_than
        old = [name for name in await self.names() if written_at(name) < limit]
        await asyncio.to_thread(obstore.delete, self._files, old)
        return len(old)

    def _must_be_there(self) -> None:
        if self._folder is not None and not self._folder.is_dir():
            raise FileNotFoundError(f"there is no folder {self._folder}")

    def _put(self, name: str, file: bytes) -> None:
        self._must_be_there()  # else it would be made anew, on whatever disk is there
        obstore.put(self._files, name, file, use_multipart=False)
        if self._folder is not None:
            _sync(self._folder, self._folder / name)

    def _names(self) -> list[str]:
        found = []
        # A disk's own folders, such as lost+found, may be closed to us.
        for year in obstore.list_with_delimiter(self._files)["common_prefixes"]:
            if _YEAR.fullmatch(year):
                for files in obstore.list(self._files, year, chunk_size=1000):
                    found += [file["path"] for file in files if _NAME.fullmatch(file["path"])]
        return sorted(found)


def new_name() -> str:
    """Return the name of a file that is written now."""
    now = datetime.now(UTC)
    return f"{now:%Y/%m/%d}/{now.strftime(_TIME)}-{uuid4().hex[:12]}.warc.gz"


def written_at(name: str) -> datetime:
    """Return when the file `name` was written; no page in it was fetched later."""
    found = _NAME.fullmatch(name)
    assert found is not None, name
    return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)


class Archiver:
    """The handler of the stage that puts pages into the archive."""

    def __init__(self, archive: Archive, keep_days: int | None) -> None:
        self._archive = archive
        self._keep = None if keep_days is None else timedelta(days=keep_days)

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return the outcome of each record, once the archive has them all."""
        file = await asyncio.to_thread(lambda: pack(_pages(records)))
        if file:
            # Named once: a try whose answer was lost is written over.
            await until_it_works(AWAY, self._archive.put, new_name(), file)
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
    """Yield the pages of `records`, but those that are replayed, which the archive has had.

    What cannot be read is the cleaner's to put aside.
    """
    for record in records:
        if REPLAYED in record.headers:
            continue
        try:
            yield KeptPage(PAGE.decode(record.value, record.headers), record.headers)
        except (UndecodableError, UnknownSchemaError) as error:
            _log.warning("not archived", why=str(error), **place(record))


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
