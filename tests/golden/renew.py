"""Write the golden files anew, after a shape was changed on purpose."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))

from message_samples import SAMPLES, shape  # noqa: E402

from services.contracts.codec import schema_of  # noqa: E402

for message in SAMPLES.values():
    schema = schema_of(message)
    stem = HERE / f"{schema.name}-{schema.version}"
    text = json.dumps(shape(schema.type), indent=1, ensure_ascii=False)
    stem.with_suffix(".schema.json").write_text(text + "\n", "utf-8")
    binary = stem.with_suffix(".bin")
    if not binary.exists():  # bytes that were once sent must be read for ever
        binary.write_bytes(schema.encode(message))
