"""The archive in a folder and in a bucket, by the same calls."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from bucket import bucket

from services.runtime.settings import SettingsError
from services.store.archive import AWAY, Archive
from services.store.settings import ArchiveSettings


async def check(archive: Archive) -> None:
    assert await archive.names() == []
    written = [await archive.put(bytes([number]) * 5) for number in range(3)]
    assert sorted(await archive.names()) == sorted(written)
    assert [await archive.read(name) for name in written] == [b"\0" * 5, b"\1" * 5, b"\2" * 5]


async def test_a_folder_is_made_and_filled(tmp_path: Path) -> None:
    folder = tmp_path / "not yet" / "there"
    await check(Archive(str(folder)))
    (folder / "notes.txt").write_text("not of the archive")
    assert len(await Archive(str(folder)).names()) == 3


async def test_a_bucket_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bucket() as (made, account):
        for name, value in account.items():
            monkeypatch.setenv(name, value)
        archive = Archive("s3://pages/raw")
        await check(archive)
        assert all(key.startswith("raw/20") for key in made.objects)
        made.objects["other/file"] = b"of somebody else"
        assert await archive.forget(timedelta(days=1)) == 3  # the bucket is of March
        assert list(made.objects) == ["other/file"]


async def test_files_that_are_old_are_forgotten(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    old, new = await archive.put(b"old"), await archive.put(b"new")
    own = tmp_path / "notes.txt"
    own.write_text("not of the archive")
    day_before = time.time() - 25 * 3600
    for path in (own, tmp_path / old):
        os.utime(path, (day_before, day_before))
    assert await archive.forget(timedelta(days=1)) == 1
    assert await archive.names() == [new]
    assert own.exists()
    assert await archive.forget(timedelta(days=1)) == 0


async def test_a_folder_that_cannot_be_written_is_away(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "here"))
    (tmp_path / "here").rmdir()
    (tmp_path / "here").write_text("a file is in the way")
    with pytest.raises(AWAY):
        await archive.put(b"pages")


@pytest.mark.parametrize("url", ["", "pages", "ftp://host/pages", "s3://", "https://a.example/p"])
def test_what_is_no_place_for_an_archive_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"ARCHIVE_URL: .* must be /PATH, s3://"):
        ArchiveSettings(url=url)


def test_an_account_that_is_missing_is_told_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(SettingsError, match=r"^PARKWIRE_ARCHIVE_URL: .*Account must be specified$"):
        Archive("az://container/pages")
