"""Run the store: `python -m services.store`."""

import sys

from services.store.app import make_service
from services.runtime.service import run

if __name__ == "__main__":
    sys.exit(run(make_service()))
