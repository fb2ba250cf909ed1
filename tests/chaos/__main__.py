"""`python -m tests.chaos`: a known set of pages flows while everything around it breaks.

A quiet run and a run under faults, each with topics and a database of its own, on a cluster of one
node and then on one of three. The last line of the output tells of all runs under faults together.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path

from services.cli.guarded import ServerError
from tests.chaos.material import Material
from tests.chaos.run import Plan, Report, run
from tests.chaos.site import serving
from tests.chaos.verdict import Verdict, differences, judge
from tests.chaos.world import own_world

_SITES = 16


def main() -> int:
    """Run the suite; return 0 if nothing was lost and all came to rest."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000, help="size of the known set")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 3], help="sizes of clusters")
    parser.add_argument("--minutes", type=float, default=5.0, help="time over which pages are sent")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="acknowledge first: must fail")
    arguments = parser.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # the faults are ours
    try:
        return asyncio.run(_main(arguments))
    except ServerError as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 1


async def _main(arguments: argparse.Namespace) -> int:
    logs = Path(tempfile.mkdtemp(prefix="parkwire-chaos-logs-"))
    print(f"the services' logs: {logs}")
    share = -(-arguments.pages // len(arguments.nodes))
    total = Verdict()
    faults: Counter[str] = Counter()
    well = True
    with serving(share, sites=_SITES) as sites:
        material = Material(share, sites)
        for nodes in arguments.nodes:
            async with own_world(nodes) as world:
                folder = logs / f"{nodes}-nodes"
                folder.mkdir()
                quiet = await run(Plan("quiet"), world, material, folder)
                plan = Plan(
                    "chaos",
                    seconds=arguments.minutes * 60 / len(arguments.nodes),
                    service_gap=6.0,
                    world_gap=12.0,
                    seed=arguments.seed,
                    module="tests.chaos.careless" if arguments.careless else Plan.module,
                )
                chaos = await run(plan, world, material, folder)
                left = world.disk.files() if world.disk is not None else []
            print(f"{nodes} node{'s' * (nodes > 1)} of Apache Kafka")
            well &= _tell(quiet, chaos, material, left)
            total += judge(material, chaos.outcome)
            faults += chaos.faults
    print(total.line(faults.total()))
    return 0 if well else 1


def _tell(quiet: Report, chaos: Report, material: Material, left: list[str]) -> bool:
    """Print what one world has shown; return whether all is well."""
    verdict = judge(material, chaos.outcome)
    wrong: dict[str, list[int] | list[str]] = {
        "lost in the quiet run": judge(material, quiet.outcome).lost,
        "lost": verdict.lost,
        "twice": verdict.twice,
        "dead letters of nothing": verdict.strays,
        "other facts than in the quiet run": differences(quiet.outcome, chaos.outcome),
        "not at rest": [*quiet.unrest, *chaos.unrest],
        "hosts on lease": [chaos.outcome.orphans] if chaos.outcome.orphans else [],
        "files that the crawlers left on their disk": left,
    }
    print(f"  quiet {quiet.seconds:.0f} s, under faults {chaos.seconds:.0f} s")
    print(f"  faults: {', '.join(f'{kind} {n}' for kind, n in sorted(chaos.faults.items()))}")
    print(f"  services that ended by themselves and were started again: {chaos.restarts}")
    print(f"  {chaos.outcome.amounts} amounts found, {quiet.outcome.amounts} in the quiet run")
    for what, items in wrong.items():
        if items:
            print(f"  {what}: {len(items)}: {', '.join(map(str, items[:10]))}")
    print(f"  {verdict.line(chaos.faults.total())}")
    return not any(wrong.values())


if __name__ == "__main__":
    sys.exit(main())
