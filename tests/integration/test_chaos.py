"""The chaos suite in short: the services and PostgreSQL break while a known set of pages flows."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.material import Material
from tests.chaos.run import Plan, run
from tests.chaos.site import serving
from tests.chaos.verdict import differences, judge
from tests.chaos.world import World, own_postgres

pytestmark = pytest.mark.kafka

PAGES = 200
PAGES_OF_THE_CARELESS = 400


@pytest.fixture
async def world(bootstrap_servers: str) -> AsyncIterator[World]:
    async with own_postgres() as (postgres, dsn):
        yield World([], bootstrap_servers, 1, postgres, dsn)


async def test_nothing_is_lost_and_what_loses_is_noticed(world: World, tmp_path: Path) -> None:
    with serving(PAGES, sites=8) as sites:
        material = Material(PAGES, sites)
        quiet = await run(Plan("quiet", replicas=1), world, material, tmp_path)
        plan = Plan(
            "chaos",
            seconds=10,
            service_gap=2,
            service_faults=("kill", "stop", "kill all of a stage"),  # which wait for nothing
            world_gap=4,
            replicas=1,
        )
        chaos = await run(plan, world, material, tmp_path)
    verdict = judge(material, chaos.outcome)
    assert (verdict.lost, verdict.twice, verdict.strays) == ([], [], [])
    assert verdict.stored + verdict.dead == PAGES
    assert differences(quiet.outcome, chaos.outcome) == []
    assert chaos.unrest == []
    assert chaos.outcome.orphans == 0
    # How many there are depends on the machine; one of a service and one of the world at least.
    assert len(chaos.faults) >= 2


@pytest.mark.skipif(
    "PARKWIRE_TEST_CHAOS" not in os.environ,
    reason="takes minutes, and not every run loses something: PARKWIRE_TEST_CHAOS is not set",
)
async def test_what_acknowledges_first_is_found_out(world: World, tmp_path: Path) -> None:
    with serving(PAGES_OF_THE_CARELESS, sites=8) as sites:
        material = Material(PAGES_OF_THE_CARELESS, sites)
        plan = Plan(
            "careless",
            service_gap=0.1,
            victims=("extractor",),
            service_faults=("kill in mid-batch",),
            world_gap=600,
            replicas=1,
            module="tests.chaos.careless",
            patience=60,
        )
        found = await run(plan, world, material, tmp_path)
    assert judge(material, found.outcome).lost
