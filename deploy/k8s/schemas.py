"""Validates Kubernetes manifests against schemas that lie in a folder; see `validate` beside this.

    schemas.py CRDS <manifests.yaml

prints what is wrong, one line each, and ends with status 1, or else says what was validated against
which schemas. What only the API server or an operator decides (rules in CEL, references to other
objects) is not looked at.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

_Loader = yaml.CSafeLoader  # the definitions are megabytes of YAML


def closed(schema: Any) -> Any:
    """Return an OpenAPI v3 schema of a CRD as JSON Schema that refuses fields it does not name.

    The API server drops such fields in silence ("pruning"), so that a misspelt one does nothing.
    """
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    if schema.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
        result.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    for key in ("properties", "patternProperties"):
        if key in schema:
            result[key] = {name: closed(of) for name, of in schema[key].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            result[key] = closed(schema[key])
    if "properties" in schema and "additionalProperties" not in schema:
        result["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if schema.get("nullable") and "type" in schema:
        result["type"] = [schema["type"], "null"]
    return result


def custom_kinds(folder: Path) -> dict[tuple[str, str], Any]:
    """Return the schemas of the CRDs in `folder` by (apiVersion, kind)."""
    schemas = {}
    for path in sorted(folder.glob("*.yaml")):
        for crd in yaml.load_all(path.read_text(), _Loader):
            spec = (crd or {}).get("spec", {})
            for version in spec.get("versions", []):
                if version["served"]:
                    schema = closed(version["schema"]["openAPIV3Schema"])
                    schema["properties"]["metadata"] = {"type": "object"}
                    schema["properties"].setdefault("apiVersion", {"type": "string"})
                    schema["properties"].setdefault("kind", {"type": "string"})
                    key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                    schemas[key] = schema
    return schemas


def problems(manifest: Any, custom: dict[tuple[str, str], Any]) -> Iterator[str]:
    """Yield what is wrong with `manifest`."""
    version, kind = manifest["apiVersion"], manifest["kind"]
    name = f"{kind} {manifest['metadata']['name']}"
    if (schema := custom.get((version, kind))) is not None:
        for error in jsonschema.Draft7Validator(schema).iter_errors(manifest):
            yield f"{name}: {error.json_path}: {error.message[:300]}"
        return
    try:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
    except kubernetes_validate.ValidationError as error:
        path = ".".join(str(part) for part in error.path)
        yield f"{name}: {path}: {error.message[:300]}"
    except kubernetes_validate.SchemaNotFoundError:
        yield f"{name}: there is no schema of {version}"


def main() -> int:
    """Validate standard input."""
    custom = custom_kinds(Path(sys.argv[1]))
    kinds: Counter[str] = Counter()
    wrong = []
    for manifest in yaml.load_all(sys.stdin, _Loader):
        of = (manifest["apiVersion"], manifest["kind"])
        kinds["the operators'" if of in custom else "core"] += 1
        wrong += problems(manifest, custom)
    if wrong or not kinds:
        print("not valid", *wrong, sep="\n  ")
        return 1
    counts = ", ".join(f"{number} of {origin} kinds" for origin, number in sorted(kinds.items()))
    print(f"{counts} valid (Kubernetes {kubernetes_validate.latest_version()})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
