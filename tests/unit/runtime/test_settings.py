from typing import Any

import pytest

from services.contracts.topics import DEAD_LETTERS, PAGES, Topic
from services.runtime.settings import (
    HttpSettings,
    KafkaSettings,
    PostgresSettings,
    RetentionSettings,
    SettingsError,
    StageSettings,
)
from services.runtime.topics import _new


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKWIRE_KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2")
    monkeypatch.setenv("PARKWIRE_POSTGRES_DSN", "postgresql://u:secret@db/parkwire")
    assert KafkaSettings().bootstrap_servers == "a:1,b:2"
    dsn = PostgresSettings().dsn
    assert dsn.get_secret_value() == "postgresql://u:secret@db/parkwire"
    assert "secret" not in repr(PostgresSettings())


@pytest.mark.parametrize(
    ("variable", "value", "settings"),
    [
        ("PARKWIRE_HTTP_PORT", "high", HttpSettings),
        ("PARKWIRE_HTTP_PORT", "65536", HttpSettings),
        ("PARKWIRE_STAGE_WORKERS", "0", StageSettings),
        ("PARKWIRE_KAFKA_COMPRESSION", "rar", KafkaSettings),
        ("PARKWIRE_KAFKA_MECHANISM", "GSSAPI", KafkaSettings),
        ("PARKWIRE_KAFKA_TLS_CA", "/is/not/there", KafkaSettings),
        ("PARKWIRE_POSTGRES_DSN", "postgresql://u:12secret#word@db/x", PostgresSettings),
        ("PARKWIRE_POSTGRES_DSN", "mysql://u:secret@db/parkwire", PostgresSettings),
    ],
)
def test_a_wrong_value_names_its_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, settings: type
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable) as caught:
        settings()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [{"user": "cleaner"}, {"password": "secret"}, {"tls_ca": __file__}],
    ids="".join,
)
def test_half_of_an_account_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        KafkaSettings(**given)
    assert "secret" not in str(caught.value)


def test_topics_are_kept_as_long_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(topic: Topic) -> str:
        new = _new(topic, topic.name, 1, RetentionSettings())
        return str(new.topic_configs["retention.ms"])

    assert (kept(DEAD_LETTERS), kept(PAGES)) == ("-1", str(7 * 86_400_000))
    monkeypatch.setenv("PARKWIRE_KEEP_PAGES_DAYS", "30")
    monkeypatch.setenv("PARKWIRE_KEEP_DEAD_LETTERS_DAYS", "90")
    assert (kept(DEAD_LETTERS), kept(PAGES)) == (str(90 * 86_400_000), str(30 * 86_400_000))
