"""Apache Kafka itself, in KRaft mode, for the tests that the embedded broker cannot carry.

    tests/kafka/run [arguments of pytest]

runs pytest, on tests/integration unless told otherwise, against a broker of its own. Maven fetches
the jars once, into `.cache/kafka`; Java 17 or newer runs them.
"""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.cli.embedded import metadata
from services.cli.guarded import HOST, Launch, Server, ServerError, free_port

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_POM = _HERE / "pom.xml"
_MIB = 1024 * 1024
_LARGEST_MESSAGE = 26 * _MIB


def apache_kafka(folder: Path) -> Server:
    """Return a broker that keeps its log in `folder`, on the same port at every start.

    Entering gives its bootstrap servers, `host:port`. Messages may be up to 26 MiB; topics are not
    created by mistake; a consumer group is given its partitions without delay.
    """
    (node,) = apache_kafka_cluster(folder, 1)
    return node


def apache_kafka_cluster(
    folder: Path,
    nodes: int,
    *,
    host: str = HOST,
    secure: "Secure | None" = None,
) -> list[Server]:
    """Return the nodes of a cluster, as `apache_kafka` makes one; start them at the same time.

    They listen at the address `host`.
    """
    cluster = _Cluster(
        id=urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode(),
        ports=tuple((free_port(), free_port()) for _ in range(nodes)),
        host=host,
        secure=secure,
    )
    return [
        Server("Apache Kafka", functools.partial(_launch, folder / str(number), cluster, number))
        for number in range(1, nodes + 1)
    ]


@dataclass(frozen=True, slots=True)
class Secure:
    """A second listener, with TLS and SCRAM, where users have the rights that they are given.

    Whoever comes by the first listener may do anything.
    """

    port: int
    certificate: Path
    """PEM: the broker's key and certificate."""
    users: Mapping[str, str]
    """Passwords by name."""

    def settings(self) -> dict[str, object]:
        """Return what the broker is told of it, but for `listeners` and their protocols."""
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return {
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.secure.scram-sha-512.sasl.jaas.config": login,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.certificate,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }


@dataclass(frozen=True, slots=True)
class _Cluster:
    id: str
    ports: tuple[tuple[int, int], ...]
    """Of each node: the clients' and the controller's."""
    host: str
    secure: Secure | None


def _launch(folder: Path, cluster: _Cluster, number: int) -> Launch:
    java = _program("java")
    classpath = f"{_jars()}/*"
    config = folder / "server.properties"
    if not config.exists():
        folder.mkdir(parents=True, exist_ok=True)
        settings = _settings(folder / "log", cluster, number)
        config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        format_storage = [
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster.id}",
            f"--config={config}",
        ]
        for user, password in (cluster.secure.users if cluster.secure else {}).items():
            known = f"SCRAM-SHA-512=[name={user},password={password}]"
            format_storage += ["--add-scram", known]
        _call([java, "-cp", classpath, *format_storage])
    port, _ = cluster.ports[number - 1]
    return Launch(
        argv=[
            java,
            "-Xms256m",
            "-Xmx1g",
            "-XX:+ExitOnOutOfMemoryError",
            f"-Dlog4j2.configurationFile={_HERE / 'log4j2.properties'}",
            *("-cp", classpath),
            "kafka.Kafka",
            str(config),
        ],
        address=f"{cluster.host}:{port}",
        is_ready=lambda: cluster.id.encode() in metadata(port, cluster.host),
    )


def _settings(log: Path, cluster: _Cluster, number: int) -> dict[str, object]:
    port, controller_port = cluster.ports[number - 1]
    voters = (f"{node}@{HOST}:{second}" for node, (_, second) in enumerate(cluster.ports, 1))
    listeners = f"PLAINTEXT://{cluster.host}:{port},CONTROLLER://{HOST}:{controller_port}"
    protocols = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
    secure: dict[str, object] = {}
    if cluster.secure is not None:
        listeners += f",SECURE://{cluster.host}:{cluster.secure.port}"
        protocols += ",SECURE:SASL_SSL"
        secure = cluster.secure.settings()
    replication = min(3, len(cluster.ports))
    in_sync = max(1, replication - 1)
    return {
        "process.roles": "broker,controller",
        "node.id": number,
        "controller.quorum.voters": ",".join(voters),
        "controller.listener.names": "CONTROLLER",
        "listeners": listeners,
        "listener.security.protocol.map": protocols,
        "log.dirs": log,
        "auto.create.topics.enable": "false",
        "message.max.bytes": _LARGEST_MESSAGE,
        "replica.fetch.max.bytes": _LARGEST_MESSAGE,
        "socket.request.max.bytes": 100 * _MIB,
        "offsets.topic.replication.factor": replication,
        "offsets.topic.num.partitions": 5,
        "transaction.state.log.replication.factor": replication,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": replication,
        "share.coordinator.state.topic.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": 0,
        **secure,
    }


def _jars() -> Path:
    """Return the folder of the jars that the POM names, which Maven fills when there is none."""
    version = hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    jars = _ROOT / ".cache" / "kafka" / version
    if not jars.is_dir():
        maven = _program("mvn")
        jars.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
            fetched = Path(scratch, "jars")
            goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"]
            _call([maven, "-q", "-B", "-f", str(_POM), *goal, f"-DoutputDirectory={fetched}"])
            fetched.rename(jars)
    return jars


def _program(name: str) -> str:
    if path := shutil.which(name):
        return path
    raise ServerError(f"{name} is not installed: Apache Kafka needs Java 17 or newer, and Maven")


def _call(argv: list[str]) -> None:
    result = subprocess.run(argv, check=False, capture_output=True, text=True)
    if result.returncode:
        words = (result.stdout + result.stderr).strip()[-2000:]
        raise ServerError(f"{Path(argv[0]).name} failed: {words}")


def main() -> int:
    """Run the integration suite against Apache Kafka; return pytest's exit status."""
    arguments = sys.argv[1:]
    if not any((_ROOT / argument.partition("::")[0]).exists() for argument in arguments):
        arguments.insert(0, "tests/integration")
    command = [sys.executable, "-m", "pytest", *arguments]
    try:
        with (
            tempfile.TemporaryDirectory(prefix="parkwire-kafka-") as folder,
            apache_kafka(Path(folder)) as address,
        ):
            environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": address}
            return subprocess.run(command, check=False, cwd=_ROOT, env=environment).returncode
    except ServerError as error:
        print(f"test-kafka: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
