"""The rendered manifests of every overlay: security, network, agreement with the code."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.cleaner.app import make_service as make_cleaner
from services.contracts.topics import DEAD_LETTERS, TOPICS
from services.crawler.app import make_service as make_crawler
from services.crawler.guard import is_public
from services.crawler.settings import CrawlerSettings
from services.extractor.app import make_service as make_extractor
from services.runtime.settings import (
    HttpSettings,
    KafkaSettings,
    LogSettings,
    PostgresSettings,
    StageSettings,
)
from services.store.app import make_service as make_store
from services.store.settings import ArchiveSettings

ROOT = Path(__file__).parents[3]
K8S = ROOT / "deploy" / "k8s"
SCHEMAS = ROOT / ".cache" / "k8s"
OVERLAYS = ["base", "overlays/dev", "overlays/prod"]
MAKE = {
    "crawler": make_crawler,
    "cleaner": make_cleaner,
    "extractor": make_extractor,
    "store": make_store,
}
SERVICES = list(MAKE)
NAME = "app.kubernetes.io/name"
PUBLIC = ip_address("110.242.68.66")

Manifest = dict[str, Any]


@cache
def _rendered(overlay: str) -> str:
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(command[0]):
            call = [*command, f"deploy/k8s/{overlay}"]
            return subprocess.run(call, check=True, capture_output=True, cwd=ROOT, text=True).stdout
    pytest.skip("kustomize or kubectl renders the manifests")


@cache
def _manifests(overlay: str) -> list[Manifest]:
    return list(yaml.safe_load_all(_rendered(overlay)))


def _of_kind(overlay: str, kind: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in _manifests(overlay) if each["kind"] == kind}


def _templates(overlay: str) -> dict[str, Manifest]:
    """The pods that are described in full, by the name of what makes them."""
    return {
        f"{each['kind']} {each['metadata']['name']}": each["spec"]["template"]
        for each in _manifests(overlay)
        if each["kind"] in {"Deployment", "StatefulSet", "Job"}
    }


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def prod() -> str:
    return "overlays/prod"


# Pod security


def test_the_namespace_refuses_what_is_not_restricted(overlay: str) -> None:
    (namespace,) = _of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_every_pod_is_restricted(overlay: str) -> None:
    assert _templates(overlay)
    for name, template in _templates(overlay).items():
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            assert not pod.get(key), name
        assert all("hostPath" not in volume for volume in pod.get("volumes", [])), name
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert not security.get("privileged"), name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_nowhere_but_to_its_tmp(overlay: str, service: str) -> None:
    pod = _templates(overlay)[f"Deployment {service}"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert writable == ["tmp"]


def test_what_strimzi_makes_is_restricted(prod: str) -> None:
    operators = _of_kind(prod, "Kafka")["parkwire"]["spec"]["entityOperator"]["template"]
    pools = [pool["spec"]["template"] for pool in _of_kind(prod, "KafkaNodePool").values()]
    assert len(pools) == 2
    for template in [operators, *pools]:
        pod = template["pod"]["securityContext"]
        assert pod == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        containers = [of["securityContext"] for key, of in template.items() if "Container" in key]
        assert len(containers) == 2
        for security in containers:
            assert security == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            }


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_gets_no_secret_but_its_own(overlay: str, service: str) -> None:
    pod = _templates(overlay)[f"Deployment {service}"]["spec"]
    secrets = {
        (secret.get("secretName") or secret["name"], item["key"])
        for volume in pod["volumes"]
        for secret in _secrets(volume)
        for item in secret["items"]
    }
    wanted = set()
    if service in {"crawler", "store"}:
        wanted = {("parkwire", f"{service}_dsn")}
    if overlay.endswith("prod"):
        wanted |= {(service, "password"), ("parkwire-cluster-ca-cert", "ca.crt")}
        if service in {"crawler", "store"}:
            wanted.add(("postgres-ca", "ca.crt"))
    assert secrets == wanted


def _secrets(volume: Manifest) -> Iterator[Manifest]:
    if "secret" in volume:
        yield volume["secret"]
    for source in volume.get("projected", {}).get("sources", ()):
        yield source["secret"]


# The network


def _selects(selector: Manifest, labels: dict[str, str]) -> bool:
    operators = {
        "In": lambda value, values: value in values,
        "NotIn": lambda value, values: value not in values,
    }
    return all(
        labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()
    ) and all(
        operators[each["operator"]](labels.get(each["key"]), each["values"])
        for each in selector.get("matchExpressions", [])
    )


Peer = dict[str, str] | IPv4Address | IPv6Address
"""Labels of a pod in the namespace, or an address."""


def _admits(peer: Manifest, other: Peer) -> bool:
    if "ipBlock" in peer:
        if isinstance(other, dict):
            return False
        block = peer["ipBlock"]
        return other in ip_network(block["cidr"]) and not any(
            other in ip_network(each) for each in block.get("except", [])
        )
    if "namespaceSelector" in peer or not isinstance(other, dict):
        return False
    return _selects(peer["podSelector"], other)


def _allows(overlay: str, way: str, pod: dict[str, str], other: Peer, port: int) -> bool:
    """Whether the policies let `pod` send to (Egress) or be reached by (Ingress) `other`."""
    side = {"Egress": "to", "Ingress": "from"}[way]
    policies = [
        each["spec"]
        for each in _of_kind(overlay, "NetworkPolicy").values()
        if way in each["spec"]["policyTypes"] and _selects(each["spec"]["podSelector"], pod)
    ]
    assert policies, "a pod that no policy selects may do anything"
    return any(
        port in {of["port"] for of in rule["ports"] if of["protocol"] == "TCP"}
        and any(_admits(peer, other) for peer in rule[side])
        for policy in policies
        for rule in policy.get(way.lower(), [])
    )


def _pods(overlay: str) -> dict[str, dict[str, str]]:
    """The labels of every pod, those that operators make too."""
    pods = {
        name.split()[1]: template["metadata"]["labels"]
        for name, template in _templates(overlay).items()
    }
    for name, pool in _of_kind(overlay, "KafkaNodePool").items():
        pods[name] = pool["spec"]["template"]["pod"]["metadata"]["labels"]
    for cluster in _of_kind(overlay, "Kafka").values():
        pods["kafka-operators"] = cluster["spec"]["entityOperator"]["template"]["pod"]["metadata"][
            "labels"
        ]
    for name, cluster in _of_kind(overlay, "Cluster").items():
        pods[name] = {"cnpg.io/cluster": name, **cluster["spec"]["inheritedMetadata"]["labels"]}
    return pods


def _kafka(overlay: str) -> dict[str, str]:
    return _pods(overlay)["broker" if overlay.endswith("prod") else "kafka"]


@pytest.mark.parametrize("overlay", OVERLAYS[1:])
def test_only_the_crawler_reaches_out(overlay: str) -> None:
    for port in (80, 443, 8080, 9092, 5432, 6443):
        reach = {
            name
            for name, labels in _pods(overlay).items()
            if _allows(overlay, "Egress", labels, PUBLIC, port)
        }
        assert reach == ({"crawler"} if port in {80, 443} else set())


@pytest.mark.parametrize("overlay", OVERLAYS[1:])
def test_only_crawler_store_and_migration_reach_postgresql(overlay: str) -> None:
    pods = _pods(overlay)
    postgres = pods["postgres"]
    for way in ("Egress", "Ingress"):
        reach = {
            name
            for name, labels in pods.items()
            if (
                _allows(overlay, way, labels, postgres, 5432)
                if way == "Egress"
                else _allows(overlay, way, postgres, labels, 5432)
            )
        }
        # A standby follows its primary.
        assert reach - {"postgres"} == {"crawler", "store", "migrate"}, way


@pytest.mark.parametrize("overlay", OVERLAYS[1:])
@pytest.mark.parametrize("service", SERVICES)
def test_every_service_reaches_kafka(overlay: str, service: str) -> None:
    assert _allows(overlay, "Egress", _pods(overlay)[service], _kafka(overlay), 9092)


def test_kafka_lets_in_the_services_and_the_operator(prod: str) -> None:
    (listener,) = _of_kind(prod, "Kafka")["parkwire"]["spec"]["kafka"]["listeners"]
    admitted = {
        name
        for name, labels in _pods(prod).items()
        if any(_admits(peer, labels) for peer in listener["networkPolicyPeers"])
    }
    assert admitted == {*SERVICES, "cli"}


def test_services_do_not_reach_each_other(overlay: str) -> None:
    pods = _pods(overlay)
    for one in SERVICES:
        for other in SERVICES:
            for port in (80, 443, 9100):
                assert not _allows(overlay, "Egress", pods[one], pods[other], port)


@given(st.ip_addresses())
@example(ip_address("192.0.0.9"))
@example(ip_address("192.88.99.1"))
@example(ip_address("64:ff9b::7f00:1"))
@example(ip_address("2002:7f00:1::"))
@example(ip_address("::ffff:127.0.0.1"))
def test_the_policy_lets_nothing_pass_that_the_guard_refuses(
    address: IPv4Address | IPv6Address,
) -> None:
    if _allows("base", "Egress", {NAME: "crawler"}, address, 443):
        assert is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "172.32.0.1", "223.5.5.5", "2400:3200::1"])
def test_the_policy_lets_public_addresses_pass(address: str) -> None:
    assert _allows("base", "Egress", {NAME: "crawler"}, ip_address(address), 443)


@pytest.mark.parametrize("service", SERVICES)
def test_prometheus_may_look(overlay: str, service: str) -> None:
    rules = [
        rule
        for policy in _of_kind(overlay, "NetworkPolicy").values()
        if _selects(policy["spec"]["podSelector"], {NAME: service})
        for rule in policy["spec"].get("ingress", [])
    ]
    (rule,) = rules
    assert [port["port"] for port in rule["ports"]] == [9100]
    assert "namespaceSelector" in rule["from"][0]


# Running


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_has_time_to_finish_its_batch(overlay: str, service: str) -> None:
    pod = _templates(overlay)[f"Deployment {service}"]["spec"]
    grace = max(StageSettings().grace_seconds, CrawlerSettings().grace)
    assert pod["terminationGracePeriodSeconds"] > grace + 10


@pytest.mark.parametrize("service", SERVICES)
def test_replicas_are_spread_over_zones_and_nodes(overlay: str, service: str) -> None:
    template = _templates(overlay)[f"Deployment {service}"]
    constraints = template["spec"]["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in constraints] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    for each in constraints:
        assert (
            each["labelSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
        )
        assert NAME in each["matchLabelKeys"]


@pytest.mark.parametrize("overlay", ["base", "overlays/prod"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_drained_node_takes_one_replica_at_a_time(overlay: str, service: str) -> None:
    budget = _of_kind(overlay, "PodDisruptionBudget")[service]["spec"]
    assert _selects(budget["selector"], {NAME: service})
    assert budget["maxUnavailable"] == 1
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_says_what_it_needs(overlay: str) -> None:
    for name, template in _templates(overlay).items():
        for container in template["spec"]["containers"]:
            resources = container["resources"]
            assert resources["requests"].keys() == {"cpu", "memory"}, name
            assert "memory" in resources["limits"], name


def test_every_variable_is_a_setting(overlay: str) -> None:
    groups = (KafkaSettings, PostgresSettings, HttpSettings, LogSettings, StageSettings)
    known = {
        f"{group.model_config.get('env_prefix', '')}{field}".upper()
        for group in (*groups, CrawlerSettings)
        for field in group.model_fields
    }
    (config,) = (
        of for name, of in _of_kind(overlay, "ConfigMap").items() if name.startswith("parkwire-")
    )
    assert config["data"].keys() <= known


def test_images_of_prod_are_of_a_version(prod: str) -> None:
    images = {
        container["image"]
        for template in _templates(prod).values()
        for container in template["spec"]["containers"]
    }
    assert len(images) == len(SERVICES) + 1
    assert all(re.search(r":\d+\.\d+\.\d+$", image) for image in images)


# Kafka


def test_topics_are_those_of_the_contract(prod: str) -> None:
    described = {
        name: (
            of["spec"]["partitions"],
            of["spec"]["config"]["retention.ms"],
            of["spec"]["config"]["max.message.bytes"],
            of["spec"]["config"].get("cleanup.policy", "delete"),
        )
        for name, of in _of_kind(prod, "KafkaTopic").items()
    }
    assert described == {
        topic.name: (
            topic.partitions,
            topic.retention_ms,
            topic.max_message_bytes,
            topic.cleanup_policy,
        )
        for topic in TOPICS
    }


def test_a_message_survives_the_loss_of_a_broker(prod: str) -> None:
    brokers = _of_kind(prod, "KafkaNodePool")["broker"]["spec"]["replicas"]
    for topic in _of_kind(prod, "KafkaTopic").values():
        replicas, in_sync = (
            topic["spec"]["replicas"],
            topic["spec"]["config"]["min.insync.replicas"],
        )
        assert 1 < in_sync < replicas <= brokers


def test_brokers_take_the_largest_message(prod: str) -> None:
    config = _of_kind(prod, "Kafka")["parkwire"]["spec"]["kafka"]["config"]
    largest = max(topic.max_message_bytes for topic in TOPICS)
    assert config["message.max.bytes"] > largest
    assert config["replica.fetch.max.bytes"] >= config["message.max.bytes"]
    assert config["auto.create.topics.enable"] is False


def test_the_topics_are_made_once(prod: str) -> None:
    assert set(_of_kind(prod, "Job")) == {"migrate"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_user_may_do_what_its_service_does_and_no_more(prod: str, service: str) -> None:
    made = MAKE[service]()
    broker = made.broker
    (subscriber,) = broker.subscribers
    reads = {*subscriber.topic_names, *(topic.name for topic in made.tables)}  # type: ignore[attr-defined]
    writes = {publisher.topic for publisher in broker.publishers} | {DEAD_LETTERS.name}  # type: ignore[attr-defined]
    rights = {
        (acl["resource"]["type"], acl["resource"]["name"], operation)
        for acl in _of_kind(prod, "KafkaUser")[service]["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    assert rights == {
        ("topic", "*", "Describe"),
        ("group", subscriber.group_id, "Read"),  # type: ignore[attr-defined]
        *(("topic", topic, "Read") for topic in reads),
        *(("topic", topic, "Write") for topic in writes),
    }


@pytest.fixture
def archiving(tmp_path: Path) -> str:
    """An overlay of somebody's own on `prod`, with an archive."""
    text = (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [{0}/overlays/prod]\ncomponents: [{0}/components/archive]\n"
    )
    (tmp_path / "kustomization.yaml").write_text(text.format(os.path.relpath(K8S, tmp_path)))
    return os.path.relpath(tmp_path, K8S)


def test_the_archive_is_set_where_it_is_written_and_read(archiving: str, prod: str) -> None:
    with_archive = {
        name
        for name, template in _templates(archiving).items()
        if {"secretRef": {"name": "archive"}}
        in template["spec"]["containers"][0].get("envFrom", [])
    }
    assert with_archive == {"Deployment store", "StatefulSet cli"}
    (config,) = (
        each["data"]
        for name, each in _of_kind(archiving, "ConfigMap").items()
        if name.startswith("parkwire-")
    )
    assert ArchiveSettings(url=config["PARKWIRE_ARCHIVE_URL"])
    rights = {
        overlay: _of_kind(overlay, "KafkaUser")["store"]["spec"]["authorization"]["acls"]
        for overlay in (archiving, prod)
    }
    assert [acl for acl in rights[archiving] if acl not in rights[prod]] == [
        {"resource": {"type": "topic", "name": "pages"}, "operations": ["Read"]},
        {"resource": {"type": "group", "name": "parkwire-archive"}, "operations": ["Read"]},
    ]
    bucket = ip_address("10.1.2.3")
    reach = {
        name
        for name, labels in _pods(archiving).items()
        if _allows(archiving, "Egress", labels, bucket, 443)
    }
    assert {"store", "cli"} <= reach
    assert not reach & {"crawler", "cleaner", "extractor"}


def test_there_is_a_user_for_everybody_who_connects_and_for_nobody_else(prod: str) -> None:
    assert set(_of_kind(prod, "KafkaUser")) == {*SERVICES, "operator", "keda"}


def test_keda_sees_how_far_groups_are_and_nothing_else(prod: str) -> None:
    acls = _of_kind(prod, "KafkaUser")["keda"]["spec"]["authorization"]["acls"]
    assert {operation for acl in acls for operation in acl["operations"]} == {"Describe"}


def test_nobody_reaches_kafka_without_a_name(prod: str) -> None:
    kafka = _of_kind(prod, "Kafka")["parkwire"]["spec"]["kafka"]
    for listener in kafka["listeners"]:
        assert listener["tls"] is True
        assert listener["authentication"] == {"type": "scram-sha-512"}
    assert kafka["authorization"] == {"type": "simple"}


@pytest.mark.parametrize("pod", [*SERVICES, "cli"])
def test_a_pod_connects_as_its_user(prod: str, pod: str) -> None:
    kind = "StatefulSet" if pod == "cli" else "Deployment"
    (container,) = _templates(prod)[f"{kind} {pod}"]["spec"]["containers"]
    env = {each["name"]: each["value"] for each in container["env"]}
    settings = KafkaSettings(
        user=env["PARKWIRE_KAFKA_USER"],
        password=SecretStr("of a Secret"),
        tls=_config(prod)["PARKWIRE_KAFKA_TLS"] == "true",
    )
    assert settings.user == ("operator" if pod == "cli" else pod)
    assert settings.tls
    mounts = {each["mountPath"] for each in container["volumeMounts"]}
    assert {"/run/secrets", str(Path(_config(prod)["PARKWIRE_KAFKA_TLS_CA"]).parent)} <= mounts


def _config(overlay: str) -> dict[str, str]:
    (config,) = (
        each["data"]
        for name, each in _of_kind(overlay, "ConfigMap").items()
        if name.startswith("parkwire")
    )
    return dict(config)


# Scaling


@pytest.mark.parametrize("service", SERVICES)
def test_a_stage_is_scaled_by_its_lag_up_to_its_partitions(prod: str, service: str) -> None:
    (subscriber,) = MAKE[service]().broker.subscribers
    (topic,) = (each for each in TOPICS if each.name in subscriber.topic_names)  # type: ignore[attr-defined]
    scaled = _of_kind(prod, "ScaledObject")[service]["spec"]
    assert scaled["scaleTargetRef"]["name"] == service
    assert 2 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"] == topic.partitions
    trigger = next(each["metadata"] for each in scaled["triggers"] if each["type"] == "kafka")
    assert (trigger["sasl"], trigger["tls"]) == ("scram_sha512", "enable")
    assert trigger["topic"] == topic.name
    assert trigger["consumerGroup"] == subscriber.group_id  # type: ignore[attr-defined]
    assert trigger["offsetResetPolicy"] == "earliest"


def test_nothing_but_the_lag_sets_the_number_of_replicas(prod: str) -> None:
    for deployment in _of_kind(prod, "Deployment").values():
        assert "replicas" not in deployment["spec"]


def test_a_crawler_that_is_four_fifths_taken_wants_another(prod: str) -> None:
    triggers = _of_kind(prod, "ScaledObject")["crawler"]["spec"]["triggers"]
    (threshold,) = (
        float(each["metadata"]["threshold"]) for each in triggers if each["type"] == "prometheus"
    )
    assert 0.75 < threshold / CrawlerSettings().concurrency < 0.85


# PostgreSQL


def test_a_commit_survives_the_loss_of_the_primary(prod: str) -> None:
    cluster = _of_kind(prod, "Cluster")["postgres"]["spec"]
    synchronous = cluster["postgresql"]["synchronous"]
    assert synchronous["dataDurability"] == "required"
    assert 1 <= synchronous["number"] < cluster["instances"] - 1


def test_there_are_connections_for_every_replica(prod: str) -> None:
    cluster = _of_kind(prod, "Cluster")["postgres"]["spec"]
    replicas = sum(
        _of_kind(prod, "ScaledObject")[service]["spec"]["maxReplicaCount"]
        for service in ("crawler", "store")
    )
    pools = (replicas + 2) * PostgresSettings().pool_size  # two more while pods are replaced
    assert int(cluster["postgresql"]["parameters"]["max_connections"]) > pools + 20


def test_backups_are_made_of_the_cluster_and_of_its_log(prod: str) -> None:
    cluster = _of_kind(prod, "Cluster")["postgres"]["spec"]
    (plugin,) = cluster["plugins"]
    assert plugin["isWALArchiver"] is True
    assert plugin["parameters"]["barmanObjectName"] in _of_kind(prod, "ObjectStore")
    (backup,) = _of_kind(prod, "ScheduledBackup").values()
    assert backup["spec"]["cluster"]["name"] == "postgres"
    assert backup["spec"]["pluginConfiguration"]["name"] == plugin["name"]
    assert len(backup["spec"]["schedule"].split()) == 6


def _named_secrets(tree: Any) -> Iterator[str]:
    """The names of secrets that a manifest refers to."""
    if isinstance(tree, list):
        for each in tree:
            yield from _named_secrets(each)
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in {"secret", "passwordSecret", "accessKeyId", "secretAccessKey"}:
                yield value.get("secretName") or value["name"]
            elif key == "secretTargetRef":
                yield from (each["name"] for each in value)
            else:
                yield from _named_secrets(value)


def test_every_secret_is_made(prod: str) -> None:
    named = {
        name
        for each in _manifests(prod)
        if each["kind"] != "ExternalSecret"
        for name in _named_secrets(each)
    }
    made = {each["spec"]["target"]["name"] for each in _of_kind(prod, "ExternalSecret").values()}
    by_operators = {"postgres-ca", "parkwire-cluster-ca-cert", *_of_kind(prod, "KafkaUser")}
    assert made == named - by_operators


@pytest.mark.parametrize("role", ["owner", "crawler", "store", "reader"])
def test_a_dsn_checks_the_certificate(prod: str, role: str) -> None:
    template = _of_kind(prod, "ExternalSecret")["parkwire"]["spec"]["target"]["template"]["data"]
    assert template[f"{role}_dsn"] == (
        f"postgresql://parkwire_{role}:{{{{ .{role} | urlquery }}}}@postgres-rw:5432/parkwire"
        "?sslmode=verify-full&sslrootcert=/run/postgres/ca.crt"
    )
    login = _of_kind(prod, "ExternalSecret")[f"postgres-{role}"]["spec"]["target"]["template"]
    assert login["type"] == "kubernetes.io/basic-auth"
    assert login["data"]["username"] == f"parkwire_{role}"


@pytest.mark.parametrize("pod", ["Deployment crawler", "Deployment store", "Job migrate"])
def test_the_certificate_lies_where_the_dsn_says(prod: str, pod: str) -> None:
    (container,) = _templates(prod)[pod]["spec"]["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts["postgres-ca"] == "/run/postgres"


def _statements(sql: str) -> set[str]:
    for name in ("owner", "crawler", "store", "reader"):
        sql = sql.replace(f':"{name}"', f"parkwire_{name}")
    sql = re.sub(r"--.*", "", sql.replace(':"database"', "parkwire"))
    return {" ".join(statement.split()) for statement in sql.split(";") if statement.strip()}


def test_roles_may_do_what_they_may_elsewhere() -> None:
    ours = _statements((K8S / "overlays/prod/roles.sql").read_text())
    script = (ROOT / "deploy/postgres/10-roles.sh").read_text()
    theirs = _statements(script.partition("<<'SQL'\n")[2].rpartition("\nSQL")[0])
    assert {statement for statement in ours if not statement.startswith("CREATE ROLE")} == {
        statement
        for statement in theirs
        if not statement.startswith(("CREATE ROLE", "ALTER DATABASE"))
        and "parkwire_monitor" not in statement  # the operator's exporter has a role of its own
    }


async def test_the_roles_can_be_made(postgres_dsn: str, unique_name: Any) -> None:
    prefix = unique_name("role").replace("-", "_") + "_"
    connection = await asyncpg.connect(postgres_dsn)
    database = await connection.fetchval("SELECT current_database()")
    sql = (K8S / "overlays/prod/roles.sql").read_text()
    sql = sql.replace("DATABASE parkwire", f'DATABASE "{database}"').replace("parkwire_", prefix)
    roles = [prefix + role for role in ("owner", "crawler", "store", "reader")]
    try:
        await connection.execute(f"CREATE ROLE {roles[0]}; {sql}")
        await connection.execute(f"SET ROLE {roles[0]}")
        await connection.execute("CREATE TABLE frontier.a (); CREATE TABLE parkwire.b ()")
        await connection.execute("RESET ROLE")
        may = {
            (role.removeprefix(prefix), table, right)
            for role in roles[1:]
            for table in ("frontier.a", "parkwire.b")
            for right in ("SELECT", "INSERT")
            if await connection.fetchval(
                "SELECT has_schema_privilege($1, $2, 'USAGE') AND has_table_privilege($1, $3, $4)",
                role,
                table.partition(".")[0],
                table,
                right,
            )
        }
    finally:
        for role in roles:
            if await connection.fetchval("SELECT to_regrole($1) IS NOT NULL", role):
                await connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
        await connection.close()
    assert may == {
        ("crawler", "frontier.a", "SELECT"),
        ("crawler", "frontier.a", "INSERT"),
        ("store", "parkwire.b", "SELECT"),
        ("store", "parkwire.b", "INSERT"),
        ("reader", "frontier.a", "SELECT"),
        ("reader", "parkwire.b", "SELECT"),
    }


# Prometheus


def test_every_pod_is_looked_at(prod: str) -> None:
    monitors = _of_kind(prod, "PodMonitor")
    selector = monitors["services"]["spec"]["selector"]
    assert all(_selects(selector, {NAME: service}) for service in SERVICES)
    (endpoint,) = monitors["services"]["spec"]["podMetricsEndpoints"]
    labels = {rule["targetLabel"] for rule in endpoint["relabelings"]}
    assert labels == {"job", "service"}, "the alerts go by these"
    for service in SERVICES:
        (container,) = _templates(prod)[f"Deployment {service}"]["spec"]["containers"]
        assert endpoint["port"] in {port["name"] for port in container["ports"]}
    assert set(monitors) == {"services", "kafka", "postgres"}


# Schemas


def _validated(manifests: str) -> subprocess.CompletedProcess[str]:
    if not (SCHEMAS / "complete").exists():
        pytest.skip("deploy/k8s/validate fetches the schemas")
    call = [SCHEMAS / "venv/bin/python", K8S / "schemas.py", SCHEMAS / "crds"]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        call, input=manifests, capture_output=True, check=False, env=environment, text=True
    )


def test_every_manifest_fits_its_schema(overlay: str) -> None:
    result = _validated(_rendered(overlay))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("matchLabelKeys:", "matchLabelKey:"),
        ("maxReplicaCount: 12", "maxReplicaCount: all"),
        ("dataDurability: required", "dataDurability: always"),
        ("operations:", "operation:"),
        ("apiVersion: kafka.strimzi.io/v1", "apiVersion: kafka.strimzi.io/v1beta2"),
        ("refreshInterval:", "refreshIntervall:"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(right: str, wrong: str, prod: str) -> None:
    manifests = _rendered(prod)
    assert right in manifests
    result = _validated(manifests.replace(right, wrong))
    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith("not valid")
