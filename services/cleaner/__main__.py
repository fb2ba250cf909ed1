"""Run the cleaner: `python -m services.cleaner`."""

import sys

from services.cleaner.app import make_service
from services.runtime.service import run

if __name__ == "__main__":
    sys.exit(run(make_service))
