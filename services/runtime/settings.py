"""Settings, read from environment variables and from files of secrets.

Every variable begins with `PARKWIRE_`. A file `/run/secrets/parkwire_postgres_dsn` stands in for
the variable `PARKWIRE_POSTGRES_DSN`, and so on for every other.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRETS = Path("/run/secrets")


def config(prefix: str) -> SettingsConfigDict:
    """Return the model configuration of a group of settings whose variables share `prefix`."""
    return SettingsConfigDict(
        env_prefix=f"PARKWIRE_{prefix}",
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
        extra="ignore",
        frozen=True,
    )


class KafkaSettings(BaseSettings):
    """How to reach the broker."""

    model_config = config("KAFKA_")

    bootstrap_servers: str = "localhost:9092"
    idempotence: bool = True
    """Off only for a broker that has no idempotent producer, such as the embedded one."""
    compression: Literal["zstd", "lz4", "gzip"] | None = "zstd"
    session: PositiveFloat = 30.0
    """Seconds of silence after which the broker gives a consumer's partitions to another."""
    prefix: str = ""
    """Stands before every topic and group, so that several lines can share a cluster."""


class PostgresSettings(BaseSettings):
    """How to reach PostgreSQL."""

    model_config = config("POSTGRES_")

    dsn: SecretStr = SecretStr("postgresql://localhost/parkwire")
    pool_size: PositiveInt = 4


class HttpSettings(BaseSettings):
    """Where a service answers /livez, /readyz and /metrics."""

    model_config = config("HTTP_")

    host: str = "127.0.0.1"
    port: int = Field(default=9100, ge=0, le=65535)


class LogSettings(BaseSettings):
    """What a service writes to standard error."""

    model_config = config("LOG_")

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["json", "console"] = "json"


class StageSettings(BaseSettings):
    """How a stage batches, steps and gives up."""

    model_config = config("STAGE_")

    max_records: PositiveInt = 100
    batch_wait: PositiveFloat = 0.1
    """Seconds that a poll waits for records."""
    workers: PositiveInt = os.cpu_count() or 1
    """Processes that run the step."""
    step_seconds: PositiveFloat = 60.0
    """Time that one message may take before its worker is killed."""
    step_memory: PositiveInt = 2 * 1024**3
    """Bytes of address space that one worker may use."""
    stuck_seconds: PositiveFloat = 1800.0
    """Age at which an unfinished batch makes /livez fail."""
    grace_seconds: PositiveFloat = 25.0
    """Time that a batch in hand has to finish when the service is told to stop."""
