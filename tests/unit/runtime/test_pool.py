import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from steps import TRANSFORM, misbehave, record

from services.contracts.dead_letters import Reason
from services.runtime.outcome import Done, Failure, Outcome
from services.runtime.pool import StepPool, WorkerNotStartedError
from services.runtime.transform import Transform


@pytest.fixture
async def pool() -> AsyncIterator[StepPool]:
    async with StepPool(TRANSFORM, workers=2, seconds=1.0, memory=4 * 1024**3) as started:
        yield started


def verdict(outcome: Outcome) -> str:
    return outcome.reason.value if isinstance(outcome, Failure) else "done"


EXPECTED = {
    b"fine": "done",
    b"raise": "step_failed",
    b"hog": "step_failed",  # a MemoryError, which the worker survives
    b"{": "undecodable",
    b"crash": "worker_died",
    b"hang": "worker_died",
}


@pytest.mark.parametrize("value", EXPECTED)
async def test_one_record(pool: StepPool, value: bytes) -> None:
    assert [verdict(o) for o in await pool([record(value)])] == [EXPECTED[value]]


async def test_the_culprits_alone_fail_and_the_pool_lives_on(pool: StepPool) -> None:
    values = [b"fine:%d" % n for n in range(60)]
    values[7], values[31], values[32] = b"crash", b"{", b"crash"
    outcomes = await pool([record(value) for value in values])

    assert [n for n, o in enumerate(outcomes) if isinstance(o, Failure)] == [7, 31, 32]
    assert [verdict(o) for o in await pool([record(b"fine")])] == ["done"]


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(st.sampled_from([b"fine", b"raise", b"{", b"crash"]), max_size=12))
async def test_outcomes_keep_their_order(pool: StepPool, values: list[bytes]) -> None:
    outcomes = await pool([record(value) for value in values])
    assert [verdict(o) for o in outcomes] == [EXPECTED[value] for value in values]


async def test_an_output_carries_topic_key_and_schema(pool: StepPool) -> None:
    (outcome,) = await pool([record(b"http://news.example/a")])
    assert isinstance(outcome, Done)
    (output,) = outcome.outputs
    assert (output.topic, output.key) == ("sources", b"news.example")
    assert output.headers["schema"] == "parkwire.source/1"
    assert outcome.found == {"sources": 1}


async def test_a_newer_version_is_unknown(pool: StepPool) -> None:
    (outcome,) = await pool([record(b"{}", schema="parkwire.source/9")])
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.UNKNOWN_SCHEMA


async def test_a_culprit_holds_up_nobody_else(pool: StepPool) -> None:
    hanging = asyncio.create_task(pool([record(b"hang")]))
    while pool._idle.qsize() == 2:  # noqa: ASYNC110 -- until it has a worker
        await asyncio.sleep(0.01)
    started = time.monotonic()
    assert [verdict(o) for o in await pool([record(b"fine")])] == ["done"]
    assert not hanging.done(), f"done after {time.monotonic() - started:.1f} s"
    assert [verdict(o) for o in await hanging] == ["worker_died"]


def die() -> None:
    os._exit(3)


async def test_a_worker_that_cannot_start_blames_no_record() -> None:
    broken = Transform(TRANSFORM.reads, misbehave, die)
    with pytest.raises(WorkerNotStartedError):
        await StepPool(broken, workers=2, seconds=1.0, memory=4 * 1024**3).__aenter__()


_CRASH_AND_END = """
import asyncio
from services.runtime.pool import StepPool
from steps import TRANSFORM, record

async def main():
    for _ in range(12):
        async with StepPool(TRANSFORM, workers=2, seconds=5.0, memory=4 * 1024**3) as pool:
            await pool([record(v) for v in (b"crash", b"fine", b"crash", b"fine", b"crash")])

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_process_whose_workers_died_ends(tmp_path: Path) -> None:
    script = tmp_path / "crash_and_end.py"
    script.write_text(_CRASH_AND_END)
    paths = [str(Path(__file__).parents[3]), str(Path(__file__).parents[2] / "support")]
    ended = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        timeout=90,
        check=False,
    )
    assert ended.returncode == 0
