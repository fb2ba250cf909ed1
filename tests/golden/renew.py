"""Write the golden files anew, after a shape was changed on purpose."""

import sys
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "unit" / "contracts"))

from test_messages import SAMPLES  # noqa: E402

from services.contracts.codec import schema_of  # noqa: E402

for message in SAMPLES.values():
    schema = schema_of(message)
    stem = HERE / f"{schema.name}-{schema.version}"
    shape = msgspec.json.format(msgspec.json.encode(msgspec.json.schema(schema.type)), indent=1)
    stem.with_suffix(".schema.json").write_bytes(shape + b"\n")
    binary = stem.with_suffix(".bin")
    if not binary.exists():  # bytes that were once sent must be read for ever
        binary.write_bytes(schema.encode(message))
