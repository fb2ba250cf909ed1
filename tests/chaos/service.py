"""`python -m tests.chaos.service STAGE`: one of the services by its name."""

import importlib
import sys

from services.runtime.service import run

if __name__ == "__main__":
    sys.exit(run(importlib.import_module(f"services.{sys.argv[1]}.app").make_service))
