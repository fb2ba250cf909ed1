import runpy
from pathlib import Path
from typing import Any

import pytest

REQUIREMENTS = Path(__file__).parents[3] / "requirements"
bill_of: Any = runpy.run_path(str(REQUIREMENTS / "sbom.py"))["bill_of"]


@pytest.mark.parametrize("image", ["crawler", "cleaner", "extractor", "store", "cli"])
def test_a_bill_names_all_that_is_pinned(image: str) -> None:
    lock = (REQUIREMENTS / f"{image}.txt").read_text()
    bill = bill_of(image, lock)
    pins = [line for line in lock.splitlines() if "==" in line.partition(";")[0]]
    assert len(bill["components"]) == len(pins) > 20
    hashes = sum(len(part["properties"]) for part in bill["components"])
    assert hashes >= lock.count("--hash=sha256:")
    assert bill == bill_of(image, lock)


def test_a_component_has_its_place_hashes_and_marker() -> None:
    lock = (
        "Some_Thing==1.2 ; python_full_version < '3.12' \\\n"
        f"    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\nother==3\n"
    )
    first, second = bill_of("store", lock)["components"]
    assert (first["purl"], first["version"]) == ("pkg:pypi/some-thing@1.2", "1.2")
    assert [entry["value"] for entry in first["properties"]] == [
        "0" * 64,
        "1" * 64,
        "python_full_version < '3.12'",
    ]
    assert (second["purl"], second["properties"]) == ("pkg:pypi/other@3", [])
