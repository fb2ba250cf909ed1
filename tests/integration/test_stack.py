"""The compose stack, from `up` to `down`, on the sample sites: what it stores, and what kills do.

Takes minutes and a Docker engine, so it runs only when PARKWIRE_TEST_STACK is set:

    PARKWIRE_TEST_STACK=1 pytest tests/integration/test_stack.py
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import pytest
import yaml

from services.cli.guarded import free_port
from services.cli.sites.answers import answers
from services.cli.sites.articles import SITES

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = "parkwire-test"
SUBNET: Final = "10.253.81.0/24"  # another than that of a stack which may be running already
UNAVAILABLE_IS_FINE: Final = {"grafana"}
"""What nothing depends on: where its image cannot be had, the rest is tested."""

ARTICLES: Final = sorted(
    (answer.url, answer.ordinal)
    for answer in answers({site: f"http://sites:{8800 + n}" for n, site in enumerate(SITES, 1)})
)
URLS: Final = sorted({url for url, _ in ARTICLES})
KILLED: Final = [
    name
    for name, service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
        "services"
    ].items()
    if "profiles" not in service and service.get("restart") == "unless-stopped"
]
"""What stays up. Not the sample sites, which stand for the web: with a container its name goes too,
and a source whose host does not exist is a dead letter at once."""
FACTS: Final = """
    SELECT url, ordinal, title, content_hash,
        (SELECT count(*) FROM parkwire.amount WHERE article_id = article.id),
        (SELECT count(*) FROM parkwire.mention WHERE article_id = article.id),
        (SELECT count(*) FROM parkwire.project WHERE article_id = article.id)
    FROM parkwire.article ORDER BY url, ordinal
"""


def _reason_to_skip() -> str | None:
    if "PARKWIRE_TEST_STACK" not in os.environ:
        return "PARKWIRE_TEST_STACK is not set"
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "there is no docker"
    return None if done.returncode == 0 else "docker reaches no engine"


REASON: Final = _reason_to_skip()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")


class Stack:
    """A stack of its own: name, images, ports and network are not those of another one."""

    def __init__(self) -> None:
        self.ports = {
            name: free_port()
            for name in ("KAFKA_PORT", "POSTGRES_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")
        }
        self._env = os.environ | {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_ENV_FILES": "deploy/sample.env",
            "PARKWIRE_VERSION": "test",
            "SAMPLE_SUBNET": SUBNET,
            "PARKWIRE_ARCHIVE_URL": "/archive",
            # Slow enough for pages to be under way when something is killed.
            "PARKWIRE_CRAWLER_PACE": "1",
            **{name: str(port) for name, port in self.ports.items()},
        }
        self.services: set[str] = set()

    def up(self) -> None:
        """Start it by the README's own command."""
        readme = (ROOT / "README.md").read_text()
        command = re.search(r"^docker compose (up [^#\n]*)", readme, re.MULTILINE)
        assert command is not None
        services = json.loads(self.compose("config", "--format=json"))["services"]
        self.services = {
            name
            for name, service in services.items()
            if name not in UNAVAILABLE_IS_FINE or _is_available(service["image"])
        }
        some = sorted(self.services) if self.services < set(services) else []
        self.compose(*command[1].split(), *some, timeout=1200)

    def down(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans", timeout=300)

    def compose(self, *arguments: str, stdin: str = "", timeout: float = 180) -> str:
        """Return what `docker compose` prints."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self._env,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stderr[-3000:])
        return done.stdout

    def add(self, urls: Iterable[str]) -> float:
        """Add sources; return the time before which none of them was fetched for it."""
        now = time.time()
        self.compose("run", "--rm", "-T", "cli", "add", "-", stdin="\n".join(urls))
        return now

    def query(self, sql: str) -> list[list[str]]:
        """Return the rows of a query, every value as text."""
        psql = ("psql", "-U", "postgres", "-d", "parkwire", "-AtF", "\t", "-c", sql)
        printed = self.compose("exec", "-T", "postgres", *psql)
        return [line.split("\t") for line in printed.splitlines()]

    def missing(self, since: Mapping[str, float]) -> set[str]:
        """Return the URLs of which no article is stored that was fetched after their time."""
        rows = self.query(
            "SELECT url, extract(epoch FROM min(fetched_at)) FROM parkwire.article GROUP BY 1"
        )
        fetched = {url: float(at) for url, at in rows}
        return {url for url, at in since.items() if fetched.get(url, 0.0) < at}

    def container(self, service: str) -> str:
        (container,) = self.compose("ps", "--all", "--quiet", service).split()
        return container

    def health(self, container: str) -> str:
        done = subprocess.run(
            ["docker", "inspect", "--format", "{{.State.Health.Status}}", container],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def targets(self) -> list[dict[str, Any]]:
        """Return what Prometheus scrapes."""
        url = f"http://127.0.0.1:{self.ports['PROMETHEUS_PORT']}/api/v1/targets?state=active"
        with urlopen(url, timeout=10) as response:
            targets: list[dict[str, Any]] = json.load(response)["data"]["activeTargets"]
        return targets

    def up_replicas(self, service: str) -> int:
        return sum(
            target["labels"].get("service") == service and target["health"] == "up"
            for target in self.targets()
        )


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack()
    stack.down()  # what an interrupted run may have left
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


def test_the_sample_sites_arrive_as_rows(stack: Stack) -> None:
    stack.add((ROOT / "deploy/sample-sources.txt").read_text().splitlines())
    _until(lambda: len(stack.query(FACTS)) >= len(ARTICLES), 180, "not every article arrived")
    stored = sorted((url, int(ordinal)) for url, ordinal, *_ in stack.query(FACTS))
    assert stored == ARTICLES
    printed = stack.compose("run", "--rm", "-T", "cli", "projects", "--format=jsonl")
    assert len(printed.splitlines()) > len(SITES)
    assert _dead_letters(stack) == 0


def test_the_pages_of_the_sample_sites_are_archived(stack: Stack) -> None:
    asked = (
        "--entrypoint",
        "sh",
        "cli",
        "-c",
        "python -m services.cli replay --archive --dry-run 2>&1",
    )

    def archived() -> bool:
        said = stack.compose("run", "--rm", "-T", *asked)
        (pages,) = re.findall(r"^(\d+) pages would be sent again$", said, re.MULTILINE)
        return int(pages) >= len(URLS)

    _until(archived, 120, "not every page is in the archive")


def test_prometheus_reaches_every_target(stack: Stack) -> None:
    services = {"crawler", "cleaner", "extractor", "store", "grafana"} & stack.services
    _until(
        lambda: all(stack.up_replicas(service) == 1 for service in services),
        90,
        "not every service is scraped",
    )
    assert {target["health"] for target in stack.targets()} == {"up"}


def test_a_stage_scales(stack: Stack) -> None:
    scale = ("up", "-d", "--wait", "--no-recreate", "--scale")
    stack.compose(*scale, "cleaner=3", "cleaner")
    _until(lambda: stack.up_replicas("cleaner") == 3, 90, "three cleaners are not scraped")
    since = dict.fromkeys(URLS, stack.add(URLS))
    _until(lambda: not stack.missing(since), 180, "three cleaners do not do what one does")
    stack.compose(*scale, "cleaner=1", "cleaner")


@pytest.mark.parametrize("service", KILLED)
def test_a_kill_loses_nothing(stack: Stack, service: str) -> None:
    """Most pages are on their way when it is killed, the others are added while it is gone.

    A page that is added again is fetched, cleaned, extracted and stored again, so a message that
    was lost anywhere leaves an article behind that is older than its page was added.
    """
    if service not in stack.services:
        pytest.skip("its image cannot be had here")
    before = stack.query(FACTS)
    container = stack.container(service)
    later = URLS[::3]
    since = dict.fromkeys(set(URLS) - set(later), stack.add(sorted(set(URLS) - set(later))))
    under_way = stack.missing(since)
    assert under_way

    subprocess.run(["docker", "kill", "--signal=KILL", container], check=True, capture_output=True)
    killed = time.monotonic()
    if service != "kafka":
        since |= dict.fromkeys(later, stack.add(later))
    subprocess.run(["docker", "start", container], check=True, capture_output=True)
    _until(lambda: stack.health(container) == "healthy", 120, "it does not come back")
    if service == "kafka":
        since |= dict.fromkeys(later, stack.add(later))

    _until(lambda: not stack.missing(since), 300, lambda: f"lost: {sorted(stack.missing(since))}")
    seconds = time.monotonic() - killed
    print(f"{service}: {len(under_way)} pages were under way, all are stored {seconds:.0f} s later")
    assert stack.query(FACTS) == before
    assert _dead_letters(stack) == 0


def _dead_letters(stack: Stack) -> int:
    printed = stack.compose("run", "--rm", "-T", "cli", "dead-letters", "list")
    (number,) = re.findall(r"^([\d,]+) dead letters", printed, re.MULTILINE)
    return int(number.replace(",", ""))


def _is_available(image: str) -> bool:
    """Return whether the engine has the image, or can get it."""
    commands = (["docker", "image", "inspect", image], ["docker", "pull", "--quiet", image])
    return any(
        subprocess.run(command, capture_output=True, check=False).returncode == 0
        for command in commands
    )


def _until(is_so: Callable[[], bool], seconds: float, problem: str | Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            pytest.fail(problem if isinstance(problem, str) else problem())
        time.sleep(0.5)
