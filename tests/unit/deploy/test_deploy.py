import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from services.contracts.topics import TOPICS
from services.runtime import metrics

ROOT = Path(__file__).parents[3]
SERVICES = sorted(
    main.parent.name for main in ROOT.glob("services/*/app.py") if main.parent.name != "cli"
)
EXTRAS = [*SERVICES, "cli", "dev"]
DSNS = {"crawler": "crawler_dsn", "store": "store_dsn"}


def _load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


@pytest.fixture(scope="module")
def compose() -> Any:
    return _load("docker-compose.yml")


def test_the_services_are_the_four() -> None:
    assert SERVICES == ["cleaner", "crawler", "extractor", "store"]


# Requirements


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_lock_holds_every_direct_dependency(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"][extra]]
    names = {re.split(r"[\[<>=;! ]", dependency)[0].lower() for dependency in wanted}
    names.discard("parkwire")
    locked = re.findall(
        r"^([\w.-]+)==", (ROOT / f"requirements/{extra}.txt").read_text(), re.MULTILINE
    )
    assert names <= {name.lower() for name in locked}, "run requirements/lock"


@pytest.mark.parametrize("extra", [*EXTRAS, "build"])
def test_a_lock_is_hashed_and_names_no_place(extra: str) -> None:
    text = (ROOT / f"requirements/{extra}.txt").read_text()
    assert "://" not in text
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


# Images


def test_every_service_has_an_image_of_its_own(compose: Any) -> None:
    targets = re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for service in SERVICES:
        assert service in targets
        assert compose["services"][service]["build"]["target"] == service


# Compose


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_restricted(compose: Any, service: str) -> None:
    settings = compose["services"][service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert settings["security_opt"] == ["no-new-privileges:true"]
    assert settings["restart"] == "unless-stopped"
    assert settings["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert set(settings["depends_on"]) == {"topics", "migrate"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_no_secret_but_its_own(compose: Any, service: str) -> None:
    secrets = [secret["source"] for secret in compose["services"][service].get("secrets", [])]
    assert secrets == ([DSNS[service]] if service in DSNS else [])


def test_ports_are_open_to_this_machine_alone(compose: Any) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_only_the_crawler_and_the_command_reach_the_internet(compose: Any) -> None:
    reach = {name for name, of in compose["services"].items() if "internet" in of["networks"]}
    assert reach == {"crawler", "cli"}
    assert compose["networks"]["line"] == {"internal": True}


@pytest.mark.parametrize("setting", ["KAFKA_MESSAGE_MAX_BYTES", "KAFKA_REPLICA_FETCH_MAX_BYTES"])
def test_the_broker_takes_the_largest_message(compose: Any, setting: str) -> None:
    largest = max(topic.max_message_bytes for topic in TOPICS)
    assert int(compose["services"]["kafka"]["environment"][setting]) > largest


def test_the_example_names_every_setting() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    told = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used == told


def test_secrets_are_made_once(compose: Any, tmp_path: Path) -> None:
    script = shutil.copy(ROOT / "deploy" / "make-secrets", tmp_path)
    folder = tmp_path / "secrets"

    def make() -> dict[str, str]:
        subprocess.run([script], check=True)
        return {file.name: file.read_text() for file in folder.iterdir()}

    first = make()
    assert folder.stat().st_mode & 0o077 == 0
    assert make() == first
    assert set(first) == set(compose["secrets"])
    passwords = {value.rpartition("@")[0].rpartition(":")[2] or value for value in first.values()}
    assert len(passwords) == len(first)
    assert min(map(len, passwords)) >= 32


# Prometheus


def test_prometheus_looks_at_every_service() -> None:
    jobs = {
        job["job_name"]: job for job in _load("deploy/prometheus/prometheus.yml")["scrape_configs"]
    }
    assert sorted(jobs["parkwire"]["dns_sd_configs"][0]["names"]) == SERVICES


def test_alerts_speak_of_metrics_that_there_are() -> None:
    exported = {
        sample
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
        for sample in _samples(family.name, family.type)
    }
    named = set(re.findall(r"\bparkwire_\w+", (ROOT / "deploy/prometheus/alerts.yml").read_text()))
    assert named
    assert named <= exported


def _samples(name: str, kind: str) -> set[str]:
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {name + suffix for suffix in suffixes.get(kind, ("",))}


# Kubernetes


@pytest.fixture(scope="module", params=["base", "overlays/dev"])
def manifests(request: pytest.FixtureRequest) -> Any:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl renders the manifests")
    rendered = subprocess.run(
        ["kubectl", "kustomize", f"deploy/k8s/{request.param}"],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    return list(yaml.safe_load_all(rendered.stdout))


def _pods(manifests: Any) -> Iterator[tuple[str, Any]]:
    for manifest in manifests:
        if "template" in manifest.get("spec", {}):
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def test_every_service_is_deployed_with_probes(manifests: Any) -> None:
    deployments = [each for each in manifests if each["kind"] == "Deployment"]
    assert sorted(each["metadata"]["name"] for each in deployments) == SERVICES
    for deployment in deployments:
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_every_pod_is_restricted(manifests: Any) -> None:
    for name, pod in _pods(manifests):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert container["resources"]["limits"]["memory"], name


def test_every_pod_is_selected_by_a_policy_that_lets_it_work(manifests: Any) -> None:
    allowed: dict[int, set[str]] = {9092: set(), 5432: set()}
    for policy in (each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"):
        expressions = policy["podSelector"].get("matchExpressions", [])
        names = {value for expression in expressions for value in expression["values"]}
        for rule in policy.get("egress", []):
            for port in rule.get("ports", []):
                allowed.get(port["port"], set()).update(names)
    assert allowed[9092] == {*SERVICES, "topics"}
    assert allowed[5432] == {*DSNS, "migrate"}
