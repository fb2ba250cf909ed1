"""`python requirements/sbom.py FOLDER`: the bill of materials of every image, as CycloneDX 1.6.

Made from the locked, hashed requirements, so it names what an image holds, and nothing else. The
licences are those that the packages state, where they are installed. The same locks give the same
bytes.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path
from typing import Any, Final

_IMAGES: Final = ("crawler", "cleaner", "extractor", "store", "cli")
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?:\s*;\s*(.+?))?\s*\\?$")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def main() -> int:
    """Write `<image>.cdx.json` for every image; return the exit status."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for image in _IMAGES:
        lock = Path(__file__).with_name(f"{image}.txt").read_text("utf-8")
        bill = json.dumps(bill_of(image, lock), indent=1, ensure_ascii=False) + "\n"
        (folder / f"{image}.cdx.json").write_text(bill, "utf-8")
    print(f"{len(_IMAGES)} bills of materials in {folder}")
    return 0


def bill_of(image: str, lock: str) -> dict[str, Any]:
    """Return the bill of an image, from the text of its lock file."""
    own = version("parkwire")
    application = {
        "type": "application",
        "bom-ref": f"parkwire-{image}",
        "name": f"parkwire-{image}",
        "version": own,
        "licenses": [{"expression": "Apache-2.0"}],
    }
    components = list(_components(lock))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{image} {own} {lock}')}",
        "version": 1,
        "metadata": {"component": application},
        "components": components,
        "dependencies": [
            {"ref": f"parkwire-{image}", "dependsOn": [part["bom-ref"] for part in components]}
        ],
    }


def _components(lock: str) -> Iterator[dict[str, Any]]:
    # A pin and the hashes of its files stand on lines that a backslash joins.
    for entry in re.split(r"(?<!\\)\n", lock):
        if (pin := _PIN.match(entry.partition("\n")[0])) is None:
            continue
        name, pinned, marker = pin.groups()
        purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{pinned}"
        component: dict[str, Any] = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": pinned,
            "purl": purl,
            "licenses": _licenses(name),
            # One for each file that the package is published as.
            "properties": [
                {"name": "parkwire:sha256", "value": digest} for digest in _HASH.findall(entry)
            ],
        }
        if marker:
            component["properties"].append({"name": "parkwire:marker", "value": marker})
        yield component


def _licenses(name: str) -> list[dict[str, Any]]:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return []
    if expression := told.get("License-Expression"):
        return [{"expression": expression}]
    classifiers = told.get_all("Classifier") or []
    names = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: ")]
    short = (told.get("License") or "").strip()
    if not names and short and "\n" not in short:
        names = [short]
    return [{"license": {"name": each}} for each in names]


if __name__ == "__main__":
    sys.exit(main())
