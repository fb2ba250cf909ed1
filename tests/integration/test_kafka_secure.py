"""Kafka by TLS and SCRAM: a service works with the rights that Kubernetes gives its user."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest
from pydantic import SecretStr

from services.cli.dead_letters import read_letters
from services.cli.guarded import free_port
from services.cli.line import Process
from services.contracts.topics import ARTICLES, PAGES
from services.runtime.connection import connection
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics
from tests.kafka.apache_kafka import Secure, apache_kafka_cluster

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates"),
]

USERS = Path(__file__).parents[2] / "deploy" / "k8s" / "overlays" / "prod" / "users.yaml"
RESOURCES = {"topic": 2, "group": 3}
OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8}
PATTERNS = {"literal": 3, "prefix": 4}
ALLOW = 3


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a broker's key and certificate (broker.pem) and who signed it (ca.crt)."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "address").write_text("subjectAltName=IP:127.0.0.1")
    new = "-newkey rsa:2048 -nodes"
    for command in (
        f"req -x509 {new} -keyout ca.key -out ca.crt -days 2 -subj /CN=authority",
        f"req {new} -keyout broker.key -out broker.csr -subj /CN=broker",
        "x509 -req -in broker.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
        " -extfile address -out broker.crt",
    ):
        subprocess.run(["openssl", *command.split()], check=True, cwd=folder, capture_output=True)
    key, certificate = (folder / "broker.key", folder / "broker.crt")
    (folder / "broker.pem").write_text(key.read_text() + certificate.read_text())
    return folder


@pytest.fixture(scope="module")
def servers(authority: Path) -> Iterator[tuple[KafkaSettings, KafkaSettings]]:
    """How to reach the broker as one who may do anything, and as the cleaner."""
    secure = Secure(free_port(), authority / "broker.pem", {"cleaner": "cleaner-word"})
    (server,) = apache_kafka_cluster(authority / "kafka", 1, secure=secure)
    with server as address:
        yield (
            KafkaSettings(bootstrap_servers=address),
            KafkaSettings(
                bootstrap_servers=f"127.0.0.1:{secure.port}",
                tls=True,
                tls_ca=authority / "ca.crt",
                user="cleaner",
                password=SecretStr("cleaner-word"),
            ),
        )


async def grant(settings: KafkaSettings, user: str) -> None:
    """Give `user` the rights that it has on Kubernetes."""
    (acls,) = (
        each["spec"]["authorization"]["acls"]
        for each in yaml.safe_load_all(USERS.read_text())
        if each["metadata"]["name"] == user
    )
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        for acl in acls:
            resource = acl["resource"]
            pattern = PATTERNS[resource.get("patternType", "literal")]
            kind, name = RESOURCES[resource["type"]], resource["name"]
            for operation in acl["operations"]:
                right = (pattern, f"User:{user}", "*", OPERATIONS[operation], ALLOW)
                await admin._send_request(CreateAclsRequest(kind, name, *right))
    finally:
        await admin.close()


async def send(settings: KafkaSettings, topic: str) -> None:
    producer = AIOKafkaProducer(**connection(settings), request_timeout_ms=10_000)
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"no page", key=b"k")
    finally:
        await producer.stop()


async def test_a_service_works_with_its_own_rights(
    servers: tuple[KafkaSettings, KafkaSettings], tmp_path: Path
) -> None:
    anybody, cleaner = servers
    await create_topics(anybody, replication=1)
    await grant(anybody, "cleaner")
    assert cleaner.password is not None
    env = {
        "PARKWIRE_KAFKA_BOOTSTRAP_SERVERS": cleaner.bootstrap_servers,
        "PARKWIRE_KAFKA_TLS": "true",
        "PARKWIRE_KAFKA_TLS_CA": str(cleaner.tls_ca),
        "PARKWIRE_KAFKA_USER": "cleaner",
        "PARKWIRE_KAFKA_PASSWORD": cleaner.password.get_secret_value(),
        "PARKWIRE_STAGE_WORKERS": "1",
    }
    log = tmp_path / "cleaner.log"
    service = Process("cleaner", env, log)
    await asyncio.to_thread(service.start)
    try:
        await send(anybody, PAGES.name)
        async with asyncio.timeout(60):
            while not (letters := [letter async for letter in read_letters(anybody)]):
                pass  # reading to the end waits
    finally:
        await asyncio.to_thread(service.stop)
    assert [letter.value for letter in letters] == [b"no page"]
    assert "cleaner-word" not in log.read_text()


async def test_nobody_does_more_than_their_rights(
    servers: tuple[KafkaSettings, KafkaSettings],
) -> None:
    anybody, cleaner = servers
    await create_topics(anybody, replication=1)
    await grant(anybody, "cleaner")
    await send(cleaner, ARTICLES.name)
    with pytest.raises(KafkaError):
        await send(cleaner, PAGES.name)


async def test_a_wrong_password_is_refused(servers: tuple[KafkaSettings, KafkaSettings]) -> None:
    wrong = servers[1].model_copy(update={"password": SecretStr("guess")})
    with pytest.raises(KafkaError):
        await send(wrong, ARTICLES.name)
