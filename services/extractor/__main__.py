"""Run the extractor: `python -m services.extractor`."""

import sys

from services.extractor.app import make_service
from services.runtime.service import run

if __name__ == "__main__":
    sys.exit(run(make_service))
