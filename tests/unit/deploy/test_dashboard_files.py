"""Dashboards, alerts and runbooks hold together, and speak of what there is."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from deploy.grafana import crawl, generate, panels, preview
from services.contracts.topics import DEAD_LETTERS, TOPICS
from services.crawler.crawl import OUTCOMES
from services.crawler.fetch import TransientReason
from services.runtime import metrics

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
PROVISIONING = ROOT / "deploy" / "grafana" / "provisioning"
BOARDS = {path.stem: json.loads(text) for path, text in generate.files().items()}
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}
RUNBOOK = (ROOT / panels.RUNBOOK).read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
SHOWN = [
    pytest.param(board, panel, id=f"{name}: {panel['title']}")
    for name, board in BOARDS.items()
    for panel in board["panels"]
    if panel["type"] not in {"row", "text"}
]
SQL = [
    pytest.param(target["rawSql"], id=f"{name}: {panel['title']}")
    for name, board in BOARDS.items()
    for panel in board["panels"]
    for target in panel.get("targets", ())
    if "rawSql" in target
]
EXPRESSIONS = [
    target["expr"]
    for board in BOARDS.values()
    for panel in board["panels"]
    for target in panel.get("targets", ())
    if "expr" in target
]
EXPORTED = {
    family.name + suffix
    for metric in vars(metrics).values()
    if isinstance(metric, MetricWrapperBase)
    for family in metric.describe()
    for suffix in {
        "counter": ("_total",),
        "histogram": ("_bucket", "_sum", "_count"),
        "info": ("_info",),
    }.get(family.type, ("",))
}


# Dashboards


def test_the_files_are_what_the_code_makes() -> None:
    written = {path: path.read_text("utf-8") for path in generate.FOLDER.glob("*.json")}
    assert written == generate.files(), "write them anew: python -m deploy.grafana.generate"


def test_the_boards_are_the_four() -> None:
    assert sorted(BOARDS) == ["crawl", "facts", "quality", "throughput"]
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)


@pytest.mark.parametrize(("board", "panel"), SHOWN)
def test_a_panel_explains_itself(board: Any, panel: Any) -> None:
    assert len(panel["description"]) > 15
    assert panel["targets"]
    if panel["type"] != "table":
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"]
    if panel["type"] in {"stat", "bargauge"}:
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"]


@pytest.mark.parametrize("name", BOARDS)
def test_panels_have_numbers_of_their_own_and_lie_beside_each_other(name: str) -> None:
    all_panels = BOARDS[name]["panels"]
    assert len({panel["id"] for panel in all_panels}) == len(all_panels)
    taken: set[tuple[int, int]] = set()
    for panel in all_panels:
        at = {"x": 0, "y": 0} | panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not taken & cells, panel["title"]
        taken |= cells


@pytest.mark.parametrize(("board", "panel"), SHOWN)
def test_alerts_that_a_panel_names_are_explained_on_its_board(board: Any, panel: Any) -> None:
    named = re.findall(r"(\w+) \(docs/operations/alerts\.md#(\w+)\)", panel["description"])
    links = panel.get("links", [])
    assert bool(named) == bool(links)
    (text,) = [p for p in board["panels"] if p["type"] == "text"] or [None]
    for alert, anchor in named:
        assert alert in RULES
        assert anchor == alert.lower()
        assert text is not None
        assert f"## {alert}\n" in text["options"]["content"]
        assert links[0]["url"] == f"/d/{board['uid']}?viewPanel={text['id']}"


def test_every_alert_is_on_a_board() -> None:
    described = "".join(
        panel.get("description", "") for board in BOARDS.values() for panel in board["panels"]
    )
    missing = {alert for alert in RULES if f"{panels.RUNBOOK}#{alert.lower()}" not in described}
    assert missing == {"Outage", "Waiting", "DiskFillsUp"}  # not the line's own


def test_only_metrics_that_there_are() -> None:
    named = set(re.findall(r"\bparkwire_\w+", " ".join(EXPRESSIONS)))
    assert named <= EXPORTED
    # These are told or alerted on, not drawn.
    drawn = {re.sub(r"_(bucket|sum|count)$", "", name) for name in named}
    of_services = {re.sub(r"_(bucket|sum|count)$", "", name) for name in EXPORTED}
    assert of_services - drawn == {
        "parkwire_build_info",
        "parkwire_articles_forgotten_total",
        "parkwire_articles_linked_total",
        "parkwire_commits_total",
        "parkwire_published_total",
        "parkwire_retries_total",
        "parkwire_waiting",
    }


def test_outcomes_of_fetches_are_the_crawlers() -> None:
    assert set(crawl.WELL.split("|")) == set(OUTCOMES)
    assert set(crawl.TRANSIENT.split("|")) == set(get_args(TransientReason))
    assert crawl.TRANSIENT in RULES["FetchesFail"]["expr"]


@pytest.mark.parametrize("sql", SQL)
def test_sql_reads_views_and_the_frontier_alone(sql: str) -> None:
    sources = set(re.findall(r"\b(?:parkwire|frontier)\.\w+", sql))
    views = {f"parkwire.{view}" for view in ("articles", "projects", "amounts", "entities")}
    assert sources
    assert sources <= views | {"frontier.urls", "frontier.hosts"}


@pytest.mark.parametrize("sql", SQL)
def test_totals_over_many_projects_count_nowhere(sql: str) -> None:
    assert sql.count("parkwire.projects") == len(
        re.findall(r"parkwire\.projects\b[^)]*?kind = 'project'", sql)
    )


# Data sources


def test_the_data_sources_are_those_that_the_boards_name() -> None:
    sources = yaml.safe_load((PROVISIONING / "datasources" / "parkwire.yml").read_text())
    provisioned = {(source["type"], source["uid"]) for source in sources["datasources"]}
    named = {(ref.type_val, ref.uid) for ref in (panels.PROMETHEUS, panels.POSTGRES)}
    assert provisioned == named
    (database,) = [s for s in sources["datasources"] if "postgresql" in s["type"]]
    assert database["user"] == "parkwire_reader"
    assert database["secureJsonData"]["password"].startswith("$__file{/run/secrets/")


# Alerts


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_says_how_urgent_it_is_and_what_to_do(alert: str) -> None:
    rule = RULES[alert]
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in get_args(Literal["page", "ticket"])
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"{panels.RUNBOOK}#{alert.lower()}"


def test_the_runbook_has_a_section_for_every_alert_and_no_other() -> None:
    assert list(SECTIONS) == list(RULES)
    for alert, section in SECTIONS.items():
        words = re.findall(r"^\*\*(\w+)\.\*\*", section, re.MULTILINE)
        assert words == ["Means", "Look", "Mend"], alert


def test_links_within_the_runbook_lead_somewhere() -> None:
    anchors = {alert.lower() for alert in RULES}
    assert set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)) <= anchors


def test_the_alert_on_retention_leaves_days() -> None:
    days = int(re.findall(r"offset (\d+)d", RULES["RetentionNear"]["expr"])[0])
    kept = min(topic.retention_ms for topic in TOPICS if topic is not DEAD_LETTERS)
    assert kept / (24 * 3600 * 1000) - days >= 3


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    cases = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    fires = {
        case["alertname"]
        for test in cases
        for case in test.get("alert_rule_test", ())
        if case["exp_alerts"]
    }
    assert fires == set(RULES)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_alerts_fire_when_they_should() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", "alerts_test.yml"],
        cwd=PROMETHEUS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# Pictures


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "s", "–"),
        (0.25, "s", "250 ms"),
        (90, "s", "1.5 min"),
        (0.123, "percentunit", "12.3 %"),
        (3 * 2**20, "Bps", "3 MiB/s"),
        (12.5, "suffix: 亿元", "12.5 亿元"),
        (12_345, "short", "12.3 K"),
        (True, "", "yes"),
        (float("inf"), "s", "∞"),
    ],
)
def test_pictures_write_values_with_their_units(value: Any, unit: str, expected: str) -> None:
    assert preview.shown(value, unit) == expected


def test_pictures_of_the_documentation_are_small() -> None:
    images = sorted((ROOT / "docs" / "images").glob("*.svg"))
    assert images
    assert all(image.stat().st_size < 150_000 for image in images)
