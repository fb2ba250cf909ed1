"""Writes what the documentation has from the code: AsyncAPI documents and the list of metrics.

A test fails when they differ from what this would write.
"""

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import Counter, Gauge, Histogram, Info

from services.contracts import topics
from services.contracts.codec import ARTICLE, FACTS, PAGE, PAGE_LINES, SOURCE, Schema
from services.runtime import metrics

DOCS = Path(__file__).parent
STAGES = ("crawler", "cleaner", "extractor", "store")
_CARRIES: dict[str, Schema[Any]] = {
    topics.SOURCES.name: SOURCE,
    topics.PAGES.name: PAGE,
    topics.ARTICLES.name: ARTICLE,
    topics.TEMPLATES.name: PAGE_LINES,
    topics.FACTS.name: FACTS,
}


def asyncapi(stage: str) -> str:
    """Return the AsyncAPI document of the service, as its own application describes itself.

    The application knows its channels and groups; what the messages look like is known to the
    contracts, since the steps decode them.
    """
    service = importlib.import_module(f"services.{stage}.app").make_service()
    document: dict[str, Any] = service.app.schema.to_specification().to_jsonable()
    document["components"]["schemas"] = {}
    document["servers"] = {}  # where the broker is, is a setting
    for channel in document["channels"].values():
        channel.pop("servers", None)
        schema = _CARRIES[channel["address"]]
        document["components"]["schemas"] |= _schemas(schema.type)
        for message in channel["messages"].values():
            name = message["$ref"].rsplit("/", 1)[-1]
            document["components"]["messages"][name] = {
                "name": schema.id,
                "contentType": schema.content_type,
                "payload": {"$ref": f"#/components/schemas/{schema.type.__name__}"},
            }
    # FastStream keeps its publishers in a set, in whatever order they lie in memory.
    for parts in (document["channels"], document["operations"], document["components"]["messages"]):
        ordered = sorted(parts.items())
        parts.clear()
        parts.update(ordered)
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def metrics_page() -> str:
    """Return the page of metrics."""
    lines = [
        "# Metrics",
        "",
        "Every service answers `/metrics`. Made from `services/runtime/metrics.py` by `make docs`.",
        "",
        "| metric | type | labels | what |",
        "| --- | --- | --- | --- |",
    ]
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram | Info):
            (family,) = metric.describe()
            suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            lines.append(
                f"| `{family.name}{suffix}` | {family.type} | {labels} | {family.documentation} |"
            )
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Return every generated file with its text."""
    documents = {DOCS / "asyncapi" / f"{stage}.json": asyncapi(stage) for stage in STAGES}
    return documents | {DOCS / "metrics.md": metrics_page()}


def _schemas(message: type) -> dict[str, Any]:
    _, components = msgspec.json.schema_components(
        [message], ref_template="#/components/schemas/{name}"
    )
    for component in components.values():
        if "description" in component:  # a docstring, which Python 3.13 has without its indentation
            component["description"] = inspect.cleandoc(component["description"])
    return components


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
