"""The page about the schema says what the migrations make."""

import importlib.util
from pathlib import Path
from typing import Any

from services.cli.migrate import upgrade_all

DOCS = Path(__file__).parents[2] / "docs"


def _schema() -> Any:
    spec = importlib.util.spec_from_file_location("schema", DOCS / "schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_page_is_up_to_date(postgres_dsn: str) -> None:
    schema = _schema()
    await upgrade_all(postgres_dsn)
    written = schema.PAGE.read_text("utf-8")
    assert written == await schema.page(postgres_dsn), "write it anew: make docs"
