"""The documentation says what the code does."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


def _generate() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date() -> None:
    stale = [
        path.relative_to(ROOT)
        for path, text in _generate().pages().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    assert stale == [], "write them anew: make docs"


@pytest.mark.parametrize("stage", ["crawler", "cleaner", "extractor", "store"])
def test_asyncapi_documents_hold_together(stage: str) -> None:
    text = (ROOT / "docs" / "asyncapi" / f"{stage}.json").read_text("utf-8")
    document = json.loads(text)
    assert document["asyncapi"].startswith("3.")
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', text):
        target = document
        for part in reference.split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]


def test_every_target_of_the_makefile_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert phony == explained


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
