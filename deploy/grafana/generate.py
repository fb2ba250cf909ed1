"""Writes the dashboards that Grafana is provisioned with: `python -m deploy.grafana.generate`.

A test fails when they differ from what this would write.
"""

import json
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import crawl, facts, quality, throughput

FOLDER: Final = Path(__file__).parent / "dashboards"
DASHBOARDS: Final = (
    throughput.DASHBOARD,
    crawl.DASHBOARD,
    quality.DASHBOARD,
    facts.DASHBOARD,
)


def files() -> dict[Path, str]:
    """Return every dashboard's file with its text."""
    return {
        FOLDER / f"{str(dashboard.uid).removeprefix('parkwire-')}.json": json.dumps(
            dashboard, cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True
        )
        + "\n"
        for dashboard in DASHBOARDS
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, "utf-8")
