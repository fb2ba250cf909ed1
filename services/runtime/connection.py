"""How every Kafka client of ours connects: addresses, TLS, and whom it says it is."""

import ssl
from typing import Any, Final

from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from services.runtime.settings import KafkaSettings, SettingsError

_MECHANISMS: Final = {
    "SCRAM-SHA-512": SASLScram512,
    "SCRAM-SHA-256": SASLScram256,
    "PLAIN": SASLPlaintext,
}


def security(settings: KafkaSettings) -> BaseSecurity:
    """Return what FastStream's broker is told of TLS and of the account.

    Raises:
        SettingsError: the file of certificates holds none.
    """
    context = _context(settings) if settings.tls else None
    if settings.user is None or settings.password is None:
        return BaseSecurity(ssl_context=context, use_ssl=settings.tls)
    return _MECHANISMS[settings.mechanism](
        username=settings.user,
        password=settings.password.get_secret_value(),
        ssl_context=context,
        use_ssl=settings.tls,
    )


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Return the keyword arguments by which any client of aiokafka connects.

    Raises:
        SettingsError: the file of certificates holds none.
    """
    return {
        "bootstrap_servers": settings.bootstrap_servers,
        **parse_security(security(settings)),
    }


def _context(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.tls_ca)
    except OSError as error:
        raise SettingsError(f"PARKWIRE_KAFKA_TLS_CA: {settings.tls_ca}: {error}") from error
