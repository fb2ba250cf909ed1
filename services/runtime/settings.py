"""Settings, read from environment variables and from files of secrets.

Every variable begins with `PARKWIRE_`. A file `/run/secrets/parkwire_postgres_dsn` stands in for
the variable `PARKWIRE_POSTGRES_DSN`, and so on for every other.
"""

import os
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import pydantic_settings
from pydantic import (
    Field,
    FilePath,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import SettingsConfigDict

_SECRETS = Path("/run/secrets")


def config(prefix: str) -> SettingsConfigDict:
    """Return the model configuration of a group of settings whose variables share `prefix`."""
    return SettingsConfigDict(
        env_prefix=f"PARKWIRE_{prefix}",
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
        extra="ignore",
        frozen=True,
    )


class SettingsError(ValueError):
    """A variable has a value that it cannot have; the message names it, and not its value."""


class Settings(pydantic_settings.BaseSettings):
    """A group of settings that is read when it is made.

    Raises:
        SettingsError: a variable's value is not what it must be.
    """

    def __init__(self, **values: Any) -> None:
        prefix = self.model_config.get("env_prefix", "")
        try:
            super().__init__(**values)
        except ValidationError as error:
            problems = (
                f"{prefix}{'_'.join(map(str, problem['loc'])).upper()}: "
                + problem["msg"].removeprefix("Value error, ")
                for problem in error.errors(include_url=False, include_input=False)
            )
            raise SettingsError("; ".join(problems)) from None
        except pydantic_settings.SettingsError as error:
            raise SettingsError(f"{prefix}…: {error}") from None


class KafkaSettings(Settings):
    """How to reach the broker."""

    model_config = config("KAFKA_")

    bootstrap_servers: str = "localhost:9092"
    """Some of the cluster's brokers, `host:port`, separated by commas."""
    idempotence: bool = True
    """Off only for a broker that has no idempotent producer, such as the embedded one."""
    compression: Literal["zstd", "lz4", "gzip"] | None = "zstd"
    session: PositiveFloat = 30.0
    """Seconds of silence after which the broker gives a consumer's partitions to another."""
    prefix: str = ""
    """Stands before every topic and group, so that several lines can share a cluster."""
    tls: bool = False
    tls_ca: FilePath | None = None
    """Certificates that the brokers' are checked against; None: the system's."""
    user: str | None = None
    """Whom the broker knows this service as; None: nobody in particular."""
    password: SecretStr | None = None
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    """Of SASL: how the password is proved."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("USER and PASSWORD go together")
        if self.tls_ca is not None and not self.tls:
            raise ValueError("TLS_CA is for TLS, which is off")
        return self


class RetentionSettings(Settings):
    """How long Kafka keeps what the line has read; topics take it when created or altered."""

    model_config = config("KEEP_")

    pages_days: PositiveInt = 7
    """Raw pages: so far back can `parkwire replay` go."""
    dead_letters_days: PositiveInt | None = None
    """Dead letters; None: for ever."""


class PostgresSettings(Settings):
    """How to reach PostgreSQL."""

    model_config = config("POSTGRES_")

    dsn: SecretStr = SecretStr("postgresql://localhost/parkwire")
    pool_size: PositiveInt = 4

    @field_validator("dsn")
    @classmethod
    def _is_url(cls, dsn: SecretStr) -> SecretStr:
        url = dsn.get_secret_value().strip()
        try:
            # The port too: what follows a stray # or / in a password would be taken for one.
            right = urlsplit(url).scheme in {"postgresql", "postgres"} and urlsplit(url).port != 0
        except ValueError:
            right = False
        if not right:
            raise ValueError("must be postgresql://user:password@host:port/database")
        return SecretStr(url)


class HttpSettings(Settings):
    """Where a service answers /livez, /readyz and /metrics."""

    model_config = config("HTTP_")

    host: str = "127.0.0.1"
    port: int = Field(default=9100, ge=0, le=65535)


class LogSettings(Settings):
    """What a service writes to standard error."""

    model_config = config("LOG_")

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["json", "console"] = "json"


class TracingSettings(Settings):
    """Where traces go, for those who want them (the extra `tracing`)."""

    model_config = config("TRACING_")

    endpoint: str | None = None
    """An OTLP/HTTP collector, such as http://collector:4318/v1/traces; None: no tracing."""
    ratio: float = Field(default=1.0, ge=0, le=1)
    """Share of the traces that are recorded."""


class StageSettings(Settings):
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
