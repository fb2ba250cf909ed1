"""Run the crawler: `python -m services.crawler`."""

import sys

from services.crawler.app import make_service
from services.runtime.service import run

if __name__ == "__main__":
    sys.exit(run(make_service))
