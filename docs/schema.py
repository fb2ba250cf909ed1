"""Writes `schema.md`: the database's tables as PostgreSQL has them, after all migrations.

`python docs/schema.py`, or `make docs`. A test fails when the page differs from the database.
"""

import asyncio
from pathlib import Path
from typing import Final

import asyncpg

from services.cli.embedded import embedded_postgres
from services.cli.migrate import SCHEMAS, upgrade_all

PAGE: Final = Path(__file__).with_name("schema.md")

_COLUMNS: Final = """
SELECT c.relname::text AS table, a.attname::text AS column,
    replace(format_type(a.atttypid, a.atttypmod), ' ', '_') AS type,
    EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary
        AND a.attnum = ANY(indkey)) AS is_key
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'r' AND a.attnum > 0
    AND NOT a.attisdropped AND c.relname <> 'alembic_version'
ORDER BY c.relname, a.attnum
"""
_VIEWS: Final = """
SELECT relname::text AS view, obj_description(oid) AS comment
FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind = 'v' ORDER BY relname
"""
# Which table a column's name refers to; no foreign keys say so (decision 6).
_REFERS: Final = {
    "article_id": "article",
    "story_id": "article",
    "project_id": "linked_project",
    "host": "hosts",
}


async def page(dsn: str) -> str:
    """Return the page for a migrated database."""
    connection = await asyncpg.connect(dsn)
    lines = [
        "# Schema",
        "",
        "Made from the database by `make docs`. An arrow stands for a column that names a row of",
        "another table.",
    ]
    for schema in SCHEMAS:
        rows = await connection.fetch(_COLUMNS, schema)
        tables: dict[str, list[asyncpg.Record]] = {}
        for row in rows:
            tables.setdefault(row["table"], []).append(row)
        lines += ["", f"## {schema}", "", "```mermaid", "erDiagram"]
        for table, columns in tables.items():
            lines.append(f"    {table} {{")
            for column in columns:
                key = " PK" if column["is_key"] else ""
                lines.append(
                    f"        {column['type'].replace('[]', '_list')} {column['column']}{key}"
                )
            lines.append("    }")
        for table, columns in tables.items():
            for column in columns:
                other = _REFERS.get(column["column"])
                if other in tables and other != table:
                    lines.append(f"    {other} ||--o{{ {table} : {column['column']}")
        lines.append("```")
        views = await connection.fetch(_VIEWS, schema)
        if views:
            lines += ["", "| view | what |", "| --- | --- |"]
            lines += [f"| `{schema}.{view['view']}` | {view['comment']} |" for view in views]
    await connection.close()
    return "\n".join(lines) + "\n"


async def _write() -> None:
    async with embedded_postgres() as dsn:
        await upgrade_all(dsn)
        PAGE.write_text(await page(dsn), "utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
