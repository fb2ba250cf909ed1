"""Each service installs its own and nothing else, pinned by hashes and with no address."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SERVICES = ("crawler", "cleaner", "extractor", "store")
LOCKS = (*SERVICES, "cli", "dev")

# Imports the service where nothing but what its lock installs can be imported.
_IMPORT = """
import sys, importlib.metadata as metadata, re
service, *allowed = sys.argv[1:]
owners = {}
for module, names in metadata.packages_distributions().items():
    owners[module] = {re.sub(r"[-_.]+", "-", name).lower() for name in names}
class Locked:
    def find_spec(self, name, path=None, target=None):
        owner = owners.get(name.partition(".")[0])
        if owner and not owner & {*allowed, "parkwire"}:
            raise ModuleNotFoundError(f"{name} is not in the lock of {service}", name=name)
sys.meta_path.insert(0, Locked())
importlib = __import__("importlib")
importlib.import_module(f"services.{service}.app").make_service()
"""


def pinned(lock: str) -> set[str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    return {_normal(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_by_hashes_and_names_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert "://" not in text
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) > 10
    for block in blocks:
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", block), block
        assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_needs_only_what_its_lock_installs(service: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, service, *pinned(service)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr


def test_the_image_of_the_store_carries_no_tokenizer_and_no_parser() -> None:
    assert not pinned("store") & {"jieba", "selectolax", "opencc", "httpx"}
