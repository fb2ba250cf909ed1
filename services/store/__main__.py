"""Run the store: `python -m services.store`."""

import sys

from services.runtime.service import run
from services.store.app import make_service

if __name__ == "__main__":
    sys.exit(run(make_service))
