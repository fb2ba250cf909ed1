"""What is done to a line while it works. Every fault ends with the world as it was before."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.chaos.fleet import Fleet, Replica
from tests.chaos.world import World

SESSION: Final = 6.0
"""Seconds of silence after which the broker takes a consumer's partitions (a setting)."""

_SOON: Final = 40.0
"""Seconds: a replica that was killed is missed for a session before its partitions move."""
_MANY: Final = 20


@dataclass
class Faults:
    """Injects faults, and counts them by kind."""

    fleet: Fleet
    world: World
    chance: random.Random
    say: Callable[[str], None]
    victims: Sequence[str]
    """Stages that faults of services meet."""
    count: Counter[str] = field(default_factory=Counter)

    async def kill(self) -> None:
        """Kill -9 a replica."""
        replica = self._victim()
        await replica.kill()
        await self._a_moment()
        await replica.start()

    async def kill_in_mid_batch(self) -> None:
        """Kill -9 a replica while it has many records in hand, if it soon has."""
        replica = self._victim()
        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(_SOON), httpx.AsyncClient(trust_env=False) as client:
                while await replica.records_in_hand(client) < _MANY:  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        await replica.kill()
        await replica.start()

    async def stop(self) -> None:
        """Stop a replica, as a deployment does."""
        replica = self._victim()
        await replica.stop()
        await self._a_moment()
        await replica.start()

    async def stall(self) -> None:
        """Let a replica stand still until the group has given it up; then it wakes up."""
        await self._victim().stand_still(SESSION + self.chance.uniform(1, 4))

    async def scale(self) -> None:
        """Scale a stage up and down again: two rebalances."""
        replica = self.fleet.add(self.chance.choice(self.victims))
        await replica.start()
        await asyncio.sleep(self.chance.uniform(4, 8))
        await self.chance.choice((replica.kill, replica.stop))()

    async def kill_all_of_a_stage(self) -> None:
        """Kill -9 every replica of a stage at once."""
        stage = self.chance.choice(self.victims)
        victims = [replica for replica in self.fleet.running() if replica.stage == stage]
        await asyncio.gather(*(replica.kill() for replica in victims))
        await asyncio.gather(*(replica.start() for replica in victims))

    async def broker(self) -> None:
        """Kill or restart a broker: the only one, or one of three, which stays away for longer."""
        broker = self.chance.choice(self.world.brokers)
        await asyncio.to_thread(self.chance.choice((broker.kill, broker.stop)))
        await asyncio.sleep(2.0 if len(self.world.brokers) == 1 else self.chance.uniform(8, 16))
        await asyncio.to_thread(broker.start)

    async def postgres(self) -> None:
        """Kill or restart PostgreSQL."""
        server = self.world.postgres
        await asyncio.to_thread(self.chance.choice((server.kill, server.stop)))
        await asyncio.sleep(self.chance.uniform(1, 4))
        await asyncio.to_thread(server.start)

    async def read_only(self) -> None:
        """Make PostgreSQL refuse to write for a while, as a standby does."""
        for value, seconds in (("on", self.chance.uniform(4, 8)), ("off", 0.0)):
            setting = f"ALTER SYSTEM SET default_transaction_read_only = {value}"
            await self.world.execute(setting, "SELECT pg_reload_conf()")
            await asyncio.sleep(seconds)

    async def network(self) -> None:
        """Cut some replicas off from the broker, until the group has given them up."""
        assert self.world.island is not None, "asked before"
        self.world.island.cut()
        await asyncio.sleep(SESSION + self.chance.uniform(1, 8))
        self.world.island.mend()

    async def disk(self) -> None:
        """Leave the crawlers no byte of disk for their temporary files."""
        assert self.world.disk is not None, "asked before"
        self.world.disk.fill()
        await asyncio.sleep(self.chance.uniform(4, 8))
        self.world.disk.free()

    def of_the_services(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return the faults of services by their names."""
        return {
            "kill": self.kill,
            "kill in mid-batch": self.kill_in_mid_batch,
            "stop": self.stop,
            "stall": self.stall,
            "scale": self.scale,
            "kill all of a stage": self.kill_all_of_a_stage,
        }

    def of_the_world(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return the faults of the world by their names, as far as they are possible here."""
        possible: dict[str, Callable[[], Awaitable[None]]] = {
            "PostgreSQL restarted": self.postgres,
            "PostgreSQL read-only": self.read_only,
        }
        if self.world.brokers:
            lost = "restarted" if len(self.world.brokers) == 1 else "of three lost"
            possible[f"broker {lost}"] = self.broker
        if self.world.island is not None:
            possible["network cut"] = self.network
        if self.world.disk is not None:
            possible["disk full"] = self.disk
        return possible

    async def inject(
        self, kinds: Mapping[str, Callable[[], Awaitable[None]]], gap: float, enough: asyncio.Event
    ) -> None:
        """Inject one fault after the other, all kinds in turn, until there are enough."""
        while not enough.is_set():
            for name in self.chance.sample(list(kinds), len(kinds)):
                try:
                    await asyncio.wait_for(enough.wait(), self.chance.uniform(0.5, 1.5) * gap)
                except TimeoutError:
                    self.say(f"fault: {name}")
                    self.count[name] += 1
                    await kinds[name]()

    async def _a_moment(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 2))

    def _victim(self) -> Replica:
        running = [replica for replica in self.fleet.running() if replica.stage in self.victims]
        return self.chance.choice(running)
