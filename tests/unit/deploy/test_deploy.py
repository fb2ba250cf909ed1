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

from services.cli.sites import pages
from services.cli.sites.articles import SITES
from services.contracts.topics import TOPICS
from services.runtime import metrics

ROOT = Path(__file__).parents[3]
SERVICES = sorted(
    main.parent.name for main in ROOT.glob("services/*/app.py") if main.parent.name != "cli"
)
EXTRAS = [*SERVICES, "cli", "dev"]
STORED = {"crawler", "store"}
"""The services that use the database."""


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


def test_an_image_says_what_it_is_and_runs_as_nobody() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    named = {stage.splitlines()[0].rpartition(" AS ")[2]: stage for stage in stages}
    assert "USER 10001:10001" in named["runtime"]
    assert "HEALTHCHECK" in named["service"]
    for label in ("licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in named["runtime"]
    for service in [*SERVICES, "cli"]:
        for label in ("title", "description"):
            assert f"org.opencontainers.image.{label}=" in named[service]


def test_only_what_an_image_needs_is_sent_to_the_engine() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules
    assert allowed == {"pyproject.toml", "README.md", "requirements/*.txt", "services"}


# Compose


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_restricted(compose: Any, service: str) -> None:
    settings = compose["services"][service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert settings["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_both_jobs(compose: Any, service: str) -> None:
    completed = {"condition": "service_completed_successfully"}
    assert compose["services"][service]["depends_on"] == {"topics": completed, "migrate": completed}


def test_every_container_is_limited(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert "no-new-privileges:true" in service["security_opt"], name
        if name != "postgres":  # whose entry point changes its user
            assert service["cap_drop"] == ["ALL"], name


def test_what_stays_is_restarted_and_watched(compose: Any) -> None:
    jobs = {"secrets", "topics", "migrate", "cli", "operator"}
    own_check = {*SERVICES, "kafka-exporter", "postgres-exporter"}  # in the image; by Prometheus
    for name in compose["services"].keys() - jobs:
        service = compose["services"][name]
        assert service["restart"] == "unless-stopped", name
        assert name in own_check or service["healthcheck"]["test"][0] == "CMD", name


def test_no_reader_sees_the_secrets_of_another(compose: Any) -> None:
    readers: dict[str, set[str]] = {}
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            if source.endswith("-secrets") and name != "secrets":
                assert [target, *mode] == ["/run/secrets", "ro"], name
                readers.setdefault(source, set()).add(name)
    assert readers == {
        "all-secrets": {"postgres"},
        "owner-secrets": {"migrate"},
        "crawler-secrets": {"crawler", "operator"},
        "store-secrets": {"store"},
        "reader-secrets": {"cli"},
        "grafana-secrets": {"grafana"},
        "monitor-secrets": {"postgres-exporter"},
    }


def test_there_is_no_password_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for setting in re.findall(r"\w*(?:PASS|SECRET|DSN|TOKEN)\w*: *(\S*)", text):
        # Nothing: the bucket's, from the environment of whoever starts the stack.
        assert setting == "" or setting.startswith("/run/secrets/"), setting


def test_ports_are_open_to_this_machine_alone(compose: Any) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for port in ports)


def test_only_the_crawler_and_the_command_reach_the_internet(compose: Any) -> None:
    reach = {
        name for name, of in compose["services"].items() if "internet" in of.get("networks", [])
    }
    assert reach == {"crawler", "cli"}
    assert compose["networks"]["line"] == {"internal": True}


@pytest.mark.parametrize("setting", ["KAFKA_MESSAGE_MAX_BYTES", "KAFKA_REPLICA_FETCH_MAX_BYTES"])
@pytest.mark.parametrize("broker", ["kafka", "kafka-2", "kafka-3"])
def test_a_broker_takes_the_largest_message(compose: Any, broker: str, setting: str) -> None:
    largest = max(topic.max_message_bytes for topic in TOPICS)
    assert int(compose["services"][broker]["environment"][setting]) > largest


def test_the_example_names_every_setting_with_its_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    passed_on = set(re.findall(r"^ +(PARKWIRE_\w+):(?: #.*)?$", text, re.MULTILINE))
    example = (ROOT / ".env.example").read_text()
    told = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    assert told.pop("COMPOSE_PROFILES") == ""
    assert told == used
    assert set(re.findall(r"^#(\w+)=$", example, re.MULTILINE)) == passed_on


@pytest.mark.parametrize("name", ["sample", "cluster"])
def test_a_file_of_settings_sets_what_there_is(compose: Any, name: str) -> None:
    settings = dict(
        re.findall(r"^(\w+)=(.*)$", (ROOT / f"deploy/{name}.env").read_text(), re.MULTILINE)
    )
    assert settings.pop("COMPOSE_PROFILES") == name
    assert any(name in service.get("profiles", []) for service in compose["services"].values())
    assert all(f"${{{setting}:-" in str(compose) for setting in settings)


def test_the_sample_sources_are_those_of_the_sites(compose: Any) -> None:
    options = " ".join(compose["services"]["sites"]["entrypoint"])
    assert "--public-host=sites --port-base=8800" in options
    bases = {site: f"http://sites:{8800 + number}" for number, site in enumerate(SITES, 1)}
    lines = (ROOT / "deploy/sample-sources.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == pages.sources(bases)


def _make_secrets(script: Path, *arguments: Path) -> dict[str, str]:
    subprocess.run([script, *arguments], check=True)
    folder = arguments[0] if arguments else script.parent / "secrets"
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_secrets_are_made_once(tmp_path: Path) -> None:
    script = Path(shutil.copy(ROOT / "deploy/make-secrets", tmp_path))
    made = _make_secrets(script)
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert _make_secrets(script) == made
    reader = made.pop("reader_password")
    assert f":{reader}@" in made["reader_dsn"]
    passwords = {value.rpartition("@")[0].rpartition(":")[2] or value for value in made.values()}
    assert len(passwords) == len(made)
    assert min(map(len, passwords)) >= 32


def test_a_secret_that_is_lost_is_made_anew(tmp_path: Path) -> None:
    script = Path(shutil.copy(ROOT / "deploy/make-secrets", tmp_path))
    made = _make_secrets(script)
    (tmp_path / "secrets/monitor_password").unlink()
    again = _make_secrets(script)
    assert again.pop("monitor_password") != made.pop("monitor_password")
    assert again == made


def test_every_reader_is_given_its_own(compose: Any, tmp_path: Path) -> None:
    (*_, folder, shares) = compose["services"]["secrets"]["entrypoint"]
    assert (folder, shares) == ("/secrets/all", "/secrets")
    mounted = dict(
        volume.split(":")[:2]
        for volume in compose["services"]["secrets"]["volumes"]
        if volume.startswith(("all", "owner", "crawler", "store", "reader", "grafana", "monitor"))
    )
    for target in mounted.values():
        (tmp_path / Path(target).name).mkdir()
    made = [
        _make_secrets(ROOT / "deploy/make-secrets", tmp_path / "all", tmp_path) for _ in range(2)
    ]
    assert made[0] == made[1]
    given = {
        f"{file.parent.name}/{file.name}": file.read_text()
        for file in tmp_path.glob("*/*")
        if file.parent.name != "all"
    }
    assert given == {
        "owner/parkwire_postgres_dsn": made[0]["owner_dsn"],
        "crawler/parkwire_postgres_dsn": made[0]["crawler_dsn"],
        "store/parkwire_postgres_dsn": made[0]["store_dsn"],
        "reader/parkwire_postgres_dsn": made[0]["reader_dsn"],
        "grafana/reader_password": made[0]["reader_password"],
        "grafana/grafana_password": made[0]["grafana_password"],
        "monitor/monitor_password": made[0]["monitor_password"],
    }


# Prometheus


def test_prometheus_looks_at_every_service() -> None:
    jobs = {
        job["job_name"]: job for job in _load("deploy/prometheus/prometheus.yml")["scrape_configs"]
    }
    assert sorted(jobs["parkwire"]["dns_sd_configs"][0]["names"]) == SERVICES
    named = {
        job["dns_sd_configs"][0]["names"][0] for job in jobs.values() if "dns_sd_configs" in job
    }
    assert {"grafana", "kafka-exporter", "postgres-exporter"} <= named


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
    assert allowed[5432] == {*STORED, "migrate"}
