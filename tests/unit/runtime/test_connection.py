import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.runtime.connection import connection
from services.runtime.settings import KafkaSettings, SettingsError

ACCOUNT: dict[str, Any] = {"user": "cleaner", "password": SecretStr("secret")}


@pytest.mark.parametrize(
    ("given", "protocol", "mechanism"),
    [
        ({}, "PLAINTEXT", None),
        ({"tls": True}, "SSL", None),
        (ACCOUNT, "SASL_PLAINTEXT", "SCRAM-SHA-512"),
        (ACCOUNT | {"tls": True}, "SASL_SSL", "SCRAM-SHA-512"),
        (ACCOUNT | {"tls": True, "mechanism": "PLAIN"}, "SASL_SSL", "PLAIN"),
    ],
)
def test_the_protocol_is_what_the_settings_ask_for(
    given: dict[str, Any], protocol: str, mechanism: str | None
) -> None:
    options = connection(KafkaSettings(**given))
    assert options["security_protocol"] == protocol
    assert options.get("sasl_mechanism") == mechanism
    if given.get("tls"):
        assert options["ssl_context"].verify_mode is ssl.CERT_REQUIRED
        assert options["ssl_context"].check_hostname


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "ca.crt"
    empty.write_text("no certificate")
    with pytest.raises(SettingsError, match=str(empty)):
        connection(KafkaSettings(tls=True, tls_ca=empty))
