"""How every Kafka client of ours connects: addresses, TLS, and whom it says it is."""

import ssl
from typing import Any

from services.runtime.settings import KafkaSettings, SettingsError


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Return the keyword arguments by which any client of aiokafka connects.

    Raises:
        SettingsError: the file of certificates holds none.
    """
    account: dict[str, Any] = {}
    if settings.user is not None and settings.password is not None:
        account = {
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.user,
            "sasl_plain_password": settings.password.get_secret_value(),
        }
    return {
        "bootstrap_servers": settings.bootstrap_servers,
        "security_protocol": ("SASL_" if account else "")
        + ("SSL" if settings.tls else "PLAINTEXT"),
        "ssl_context": tls_context(settings),
        **account,
    }


def tls_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Return what checks the brokers' certificates and names; None where there is no TLS.

    Raises:
        SettingsError: the file of certificates holds none.
    """
    if not settings.tls:
        return None
    try:
        return ssl.create_default_context(cafile=settings.tls_ca)
    except OSError as error:
        raise SettingsError(f"PARKWIRE_KAFKA_TLS_CA: {settings.tls_ca}: {error}") from error
