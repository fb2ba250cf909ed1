"""The shapes of messages on the wire, held by golden files."""

import json
from pathlib import Path
from typing import Any

import pytest
from message_samples import SAMPLES, shape

from services.contracts.codec import SCHEMAS, Schema, schema_of

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_the_shape_is_the_golden_one(schema: Schema[Any]) -> None:
    golden = GOLDEN / f"{schema.name}-{schema.version}.schema.json"
    assert shape(schema.type) == json.loads(golden.read_text("utf-8")), (
        "The shape of a message has changed. A field with a default may be added; anything else "
        "is a new version. Then renew the golden files: python tests/golden/renew.py"
    )


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_the_golden_bytes_are_still_read(schema: Schema[Any]) -> None:
    golden = (GOLDEN / f"{schema.name}-{schema.version}.bin").read_bytes()
    assert schema.decode(golden, schema.headers()) == SAMPLES[schema.name]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_survives_its_encoding(name: str) -> None:
    message = SAMPLES[name]
    schema = schema_of(message)
    assert schema.name == name
    assert schema.decode(schema.encode(message), schema.headers()) == message


def test_schema_ids() -> None:
    assert [s.id for s in SCHEMAS] == [
        "parkwire.source/1",
        "parkwire.page/1",
        "parkwire.article/1",
        "parkwire.page-lines/1",
        "parkwire.facts/1",
    ]
