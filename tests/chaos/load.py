"""`python -m tests.chaos.load`: sources arrive at twice the rate that the line can do.

First the line's own rate is measured, then twice as much is sent for ten minutes (a flag), and
then the line drains. The memory of every service, its workers included, must stay flat; lag grows
and ends at 0; nothing is lost.
"""

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError

from services.cli.lag import READS, offsets
from services.runtime.settings import KafkaSettings
from tests.chaos.fleet import Fleet
from tests.chaos.material import Material
from tests.chaos.run import Plan, Report, run
from tests.chaos.site import serving
from tests.chaos.verdict import judge
from tests.chaos.world import own_world

_EVERY: Final = 5.0
_FLAT: Final = 1.15
"""What the memory of the last third may be, times that of the second."""
_MIB: Final = 1024 * 1024


@dataclass
class Samples:
    """What was seen, every few seconds."""

    memory: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """MiB of each stage's processes."""
    lag: list[int] = field(default_factory=list)
    """Records that wait in all topics."""

    async def watch(self, fleet: Fleet, kafka: KafkaSettings) -> None:
        """Look, for ever."""
        while True:
            resident = _resident()
            for replica in fleet.running():
                if replica.pid is not None:
                    self.memory[replica.stage].append(resident.get(replica.pid, 0) / _MIB)
            with suppress(KafkaError):
                async with offsets(kafka) as broker:
                    waiting = (p.waiting for p in (await broker.progress()).values())
                    self.lag.append(sum(waiting))
            await asyncio.sleep(_EVERY)

    def growth(self, stage: str) -> float:
        """Return the memory of the last third of the time, times that of the second."""
        seen = self.memory[stage]
        third = max(1, len(seen) // 3)
        return statistics.median(seen[-third:]) / statistics.median(seen[third : 2 * third])


def _resident() -> dict[int, int]:
    """Return the resident bytes of each process with all its descendants, as Linux has them."""
    parents: dict[int, int] = {}
    own: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, StopIteration):
            lines = (folder / "status").read_text().splitlines()
            pid = int(folder.name)
            parents[pid] = int(_field(lines, "PPid:"))
            own[pid] = int(_field(lines, "VmRSS:").removesuffix("kB")) * 1024
    total = dict(own)
    for pid, size in own.items():
        while (pid := parents.get(pid, 0)) in total:
            total[pid] += size
    return total


def _field(lines: Iterable[str], name: str) -> str:
    return next(line for line in lines if line.startswith(name)).removeprefix(name)


def main() -> int:
    """Measure; return 0 if memory stayed flat, all drained and nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="time of twice the load")
    parser.add_argument("--measure", type=int, default=1000, help="pages to measure the rate by")
    parser.add_argument("--times", type=float, default=2.0, help="load, times the line's rate")
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    return asyncio.run(_main(parser.parse_args()))


async def _main(arguments: argparse.Namespace) -> int:
    logs = Path(tempfile.mkdtemp(prefix="parkwire-load-logs-"))
    seconds = arguments.minutes * 60
    samples = Samples()
    async with own_world(1) as world:
        with serving(arguments.measure, sites=16) as sites:
            began = time.monotonic()
            alone = Material(arguments.measure, sites)
            first = await run(Plan("alone", replicas=1), world, alone, logs)
            rate = arguments.measure / first.busy
            print(f"the line can do {rate:.1f} pages/s ({time.monotonic() - began:.0f} s)")
        count = int(rate * arguments.times * seconds)
        with serving(count, sites=16) as sites:
            material = Material(count, sites)
            plan = Plan("load", seconds=seconds, replicas=1)
            report = await run(plan, world, material, logs, samples.watch)
    return _tell(samples, report, material, rate)


def _tell(samples: Samples, report: Report, material: Material, rate: float) -> int:
    print(f"{'stage':10} {'first':>7} {'median':>7} {'peak':>7} {'last':>7}  MiB, and its growth")
    for stage in READS:
        seen = samples.memory[stage]
        figures = (seen[0], statistics.median(seen), max(seen), seen[-1])
        print(f"{stage:10}", *(f"{mib:7.0f}" for mib in figures), f" {samples.growth(stage):.2f}")
    verdict = judge(material, report.outcome)
    flat = all(samples.growth(stage) <= _FLAT for stage in READS)
    print(
        f"pages {material.count} at {material.count / report.sending:.1f}/s, twice what the line "
        f"can do ({rate:.1f}/s); most in lag {max(samples.lag)}, at the end {samples.lag[-1]}; "
        f"memory {'flat' if flat else 'NOT flat'}; {'; '.join(report.unrest) or 'at rest'}"
    )
    print(verdict.line(0))
    return 0 if flat and not (verdict.lost or verdict.twice or report.unrest) else 1


if __name__ == "__main__":
    sys.exit(main())
