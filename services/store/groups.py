"""Groups of what is alike, pair by pair: the same whatever the order in which things come."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


def pairs(keys: Mapping[Item, Collection[int]]) -> Iterator[tuple[Item, Item]]:
    """Yield every two items that share a key, once."""
    holders: defaultdict[int, list[Item]] = defaultdict(list)
    for item, own in keys.items():
        for key in set(own):
            holders[key].append(item)
    seen = set()
    for items in holders.values():
        for pair in combinations(items, 2):
            if pair not in seen:
                seen.add(pair)
                yield pair


def components(items: Iterable[Item], edges: Iterable[tuple[Item, Item]]) -> list[list[Item]]:
    """Return the connected components of a graph, each item in exactly one."""
    parent = {item: item for item in items}

    def root(item: Item) -> Item:
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    for one, other in edges:
        parent[root(one)] = root(other)
    found: defaultdict[Item, list[Item]] = defaultdict(list)
    for item in parent:
        found[root(item)].append(item)
    return list(found.values())
