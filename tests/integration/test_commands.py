"""The command line as a person calls it: what it prints, and its exit status."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.contracts.topics import PAGES
from services.runtime.settings import KafkaSettings
from services.runtime.topics import admin_client, create_topics

PAGE = """<!doctype html><meta charset=utf-8><title>云杉新材料落户临湖高新区-临湖新闻网</title>
<article><h1>云杉新材料落户临湖高新区</h1><p>来源：临湖日报　2026年3月1日</p>
<p>3月1日，云杉新材料有限公司与临湖高新区签约，总投资12亿元建设锂电铜箔项目，占地200亩。</p>
<p>项目建成后预计年产值20亿元，将带动当地新能源材料产业链进一步完善，新增就业岗位500个。</p>
</article>"""


def parkwire(*arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=os.environ | env,
        check=False,
        timeout=60,
    )


def environment(kafka: KafkaSettings) -> dict[str, str]:
    return {
        "PARKWIRE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "PARKWIRE_KAFKA_IDEMPOTENCE": str(kafka.idempotence).lower(),
        "PARKWIRE_KAFKA_PREFIX": kafka.prefix,
    }


def test_inspect_prints_one_json_object_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, "utf-8")
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    done = parkwire("inspect", "--json", str(page), str(picture))
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    (facts,) = first["articles"]
    assert facts["article"]["title"] == "云杉新材料落户临湖高新区"
    assert facts["article"]["source"] == "临湖日报"
    assert {"12亿元", "200亩"} <= {amount["text"] for amount in facts["amounts"]}
    assert facts["projects"][0]["amount_low"] == 1.2e9
    assert second["articles"] == []
    assert second["no_article"]


def test_inspect_reads_the_headers_beside_a_file(tmp_path: Path) -> None:
    page = tmp_path / "page.bin"
    page.write_bytes(PAGE.replace("utf-8", "gbk").encode("gbk"))
    headers = {"url": "http://news.example/1.html", "content-type": "text/html; charset=gbk"}
    (tmp_path / "page.bin.headers.json").write_text(json.dumps(headers))
    done = parkwire("inspect", "--json", str(page))
    (facts,) = json.loads(done.stdout)["articles"]
    assert facts["article"]["url"] == "http://news.example/1.html"
    assert "云杉新材料" in facts["article"]["text"]


def test_inspect_shows_a_person_a_tree(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, "utf-8")
    done = parkwire("inspect", str(page))
    assert "云杉新材料落户临湖高新区" in done.stdout
    assert "12亿元" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["inspect", "no-such-file.html"], 1),
        (["inspect", "http://10.0.0.1/"], 1),
        (["inspect"], 2),
        (["add"], 2),
        (["add", "-f", "no-such-file.txt"], 1),
        (["no-such-command"], 2),
        (["dead-letters", "replay"], 2),
        (["projects", "--min-amount", "viel"], 2),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(arguments: list[str], status: int) -> None:
    done = parkwire(*arguments)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    if status == 1:
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("parkwire: ")


@pytest.mark.parametrize(
    "command", [["add", "http://a.example/"], ["topics"], ["status"], ["dead-letters", "list"]]
)
def test_a_broker_that_is_away_is_one_line(command: list[str]) -> None:
    done = parkwire(*command, PARKWIRE_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "127.0.0.1:1" in done.stderr


def test_a_setting_that_is_wrong_is_one_line() -> None:
    done = parkwire("projects", PARKWIRE_POSTGRES_DSN="nonsense")
    assert done.returncode == 1
    assert done.stderr.startswith("parkwire: PARKWIRE_POSTGRES_DSN: ")
    assert done.stderr.count("\n") == 1


async def test_add_names_bad_lines_and_sends_the_good_ones(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    await create_topics(kafka, replication=1)
    lines = tmp_path / "sources.txt"
    lines.write_text("# sources\nhttp://a.example/\n\nnonsense\n", "utf-8")
    done = parkwire(
        "add", "-f", str(lines), "-", stdin='{"url": "http://b.example/", "kind": "list"}\n',
        **environment(kafka),
    )  # fmt: skip
    assert done.returncode == 1
    assert "2 sources added" in done.stdout
    assert f"{lines}, line 4" in done.stderr


async def test_topics_may_be_created_again(kafka: KafkaSettings) -> None:
    first = parkwire("topics", **environment(kafka))
    again = parkwire("topics", **environment(kafka))
    assert (first.returncode, again.returncode) == (0, 0)
    assert "dead-letters" in first.stdout
    assert "nothing" in again.stdout
    status = parkwire("status", "--seconds", "0.1", **environment(kafka))
    assert status.returncode == 0
    assert "extractor" in status.stdout


async def test_a_broker_that_cannot_alter_topics_says_so(
    kafka: KafkaSettings, broker_is_kafka: bool
) -> None:
    if broker_is_kafka:
        pytest.skip("it can")
    await create_topics(kafka, replication=1)
    done = parkwire("topics", "--alter", PARKWIRE_KEEP_PAGES_DAYS="3", **environment(kafka))
    assert done.returncode == 1
    assert done.stderr == "parkwire: this broker cannot alter topics; Apache Kafka can\n"


@pytest.mark.kafka
async def test_topics_that_are_there_take_another_retention(kafka: KafkaSettings) -> None:
    pages = kafka.prefix + PAGES.name
    await create_topics(kafka, replication=1)
    altered = parkwire("topics", "--alter", PARKWIRE_KEEP_PAGES_DAYS="3", **environment(kafka))
    assert altered.returncode == 0, altered.stderr
    assert f"altered: {pages}\n" in altered.stdout
    async with admin_client(kafka) as admin:
        asked = [ConfigResource(ConfigResourceType.TOPIC, pages)]
        for _ in range(100):  # the broker tells of it a moment later
            (described,) = await admin.describe_configs(asked)
            found = {name: value for name, value, *_ in described.resources[0][4]}
            if found["retention.ms"] == "259200000":
                break
            await asyncio.sleep(0.1)
    assert found["retention.ms"] == "259200000"
    assert found["max.message.bytes"] == str(PAGES.max_message_bytes)
    again = parkwire("topics", "--alter", PARKWIRE_KEEP_PAGES_DAYS="3", **environment(kafka))
    assert "altered: nothing" in again.stdout
