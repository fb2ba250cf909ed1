"""`python -m tests.chaos.careless STAGE`: a service that acknowledges before its work is done.

FastStream's default (ACK_FIRST) instead of ours. The suite must notice what such a line loses.
"""

import importlib
import sys

from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from services.runtime import service

if __name__ == "__main__":
    subscriber = KafkaBroker.subscriber

    def careless(self: KafkaBroker, *topics: str, **options: object) -> object:
        """Subscribe as the default would, and commit often enough for a short run."""
        options |= {"ack_policy": AckPolicy.ACK_FIRST, "auto_commit_interval_ms": 10}
        return subscriber(self, *topics, **options)  # type: ignore[call-overload]

    KafkaBroker.subscriber = careless  # type: ignore[method-assign, assignment]
    vars(service)["check_delivery"] = lambda broker: None  # it would refuse to start
    make_service = importlib.import_module(f"services.{sys.argv[1]}.app").make_service
    sys.exit(service.run(make_service))
