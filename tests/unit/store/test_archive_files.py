"""The archive in a folder and in a bucket, by the same calls."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bucket import bucket

from services.runtime.settings import SettingsError
from services.store.archive import AWAY, Archive, Archiver, new_name, written_at
from services.store.settings import ArchiveSettings

OLD = "2026/03/01/20260301T083000Z-0123456789ab.warc.gz"
NOT_OURS = "crawl-2019/IAH-00001.warc.gz"


async def check(archive: Archive) -> None:
    assert await archive.names() == []
    files = {new_name(): bytes([number]) * 6_000_000 for number in range(3)} | {OLD: b"old"}
    for name, file in files.items():
        await archive.put(name, file)
    assert sorted(files) == await archive.names()
    assert [await archive.read(name) for name in files] == list(files.values())
    assert await archive.forget(timedelta(days=1)) == 1
    assert OLD not in await archive.names()
    assert await archive.forget(timedelta(days=1)) == 0
    with pytest.raises(FileNotFoundError):
        await archive.read(OLD)


async def test_a_folder_is_filled(tmp_path: Path) -> None:
    other = tmp_path / NOT_OURS
    other.parent.mkdir()
    other.write_bytes(b"of somebody else")
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "notes.warc.gz").write_bytes(b"of somebody else")
    await check(Archive(str(tmp_path)))
    assert other.exists()
    assert (tmp_path / "2026" / "notes.warc.gz").exists()


async def test_a_bucket_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bucket(monkeypatch) as made:
        made.objects["raw/" + NOT_OURS] = b"of somebody else"
        await check(Archive("s3://pages/raw"))
        assert len(made.objects) == 4
        assert all(key.startswith("raw/") for key in made.objects)


def test_a_name_says_when_its_file_was_written() -> None:
    assert written_at(OLD) == datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    assert abs(written_at(new_name()).timestamp() - time.time()) < 60


async def test_a_bucket_that_is_away_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after minutes of tries that nobody hears of."""
    async with bucket(monkeypatch) as made:
        made.away = True
        with pytest.raises(AWAY):
            await Archive("s3://pages").put(OLD, b"pages")
        assert made.requests == 1


async def test_a_folder_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "here"), make=True)
    (tmp_path / "here").rmdir()
    (tmp_path / "here").write_text("a file is in the way")
    with pytest.raises(AWAY):
        await archive.put(OLD, b"pages")


async def test_a_folder_that_has_gone_is_not_made_anew(tmp_path: Path) -> None:
    """It may be a disk that is not mounted."""
    archive = Archive(str(tmp_path / "here"), make=True)
    (tmp_path / "here").rmdir()
    with pytest.raises(FileNotFoundError):
        await archive.put(OLD, b"pages")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- of two, the one that may be called here


@pytest.mark.parametrize(("folder", "make"), [("wrong", False), ("no/disk", True)])
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, folder: str, make: bool) -> None:
    with pytest.raises(SettingsError, match=r"^PARKWIRE_ARCHIVE_URL: "):
        Archive(str(tmp_path / folder), make=make)
    assert list(tmp_path.iterdir()) == []


async def test_what_is_old_is_forgotten_while_the_store_runs(tmp_path: Path) -> None:
    archive, stop = Archive(str(tmp_path)), asyncio.Event()
    await archive.put(OLD, b"old")
    forgetting = asyncio.create_task(Archiver(archive, keep_days=30).forget(stop))
    async with asyncio.timeout(30):
        while await archive.names():  # noqa: ASYNC110 -- a file has no event
            await asyncio.sleep(0.01)
        stop.set()
        await forgetting


@pytest.mark.parametrize("url", ["pages", "ftp://host/pages", "s3://", "https://a.example/p"])
def test_what_is_no_place_for_an_archive_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^PARKWIRE_ARCHIVE_URL: must be /PATH, s3://"):
        ArchiveSettings(url=url)


def test_an_empty_variable_names_no_archive() -> None:
    assert ArchiveSettings(url="").url is None


def test_an_account_that_is_missing_is_told_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(SettingsError, match=r"^PARKWIRE_ARCHIVE_URL: .*Account must be specified$"):
        Archive("az://container/pages")
