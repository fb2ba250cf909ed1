"""Groups of what is alike, pair by pair: the same whatever the order in which things come."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from itertools import chain, combinations, product
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


def pairs(
    keys: Mapping[Item, Collection[int]], fresh: Collection[Item]
) -> Iterator[tuple[Item, Item]]:
    """Yield every two items that share a key and of which one at least is of `fresh`, once."""
    holders: dict[int, tuple[list[Item], list[Item]]] = {
        key: ([], []) for item in fresh for key in keys[item]
    }
    for item, own in keys.items():
        for key in holders.keys() & own:
            holders[key][item in fresh].append(item)
    seen = set()
    for old, new in holders.values():
        for pair in chain(combinations(new, 2), product(old, new)):
            if pair not in seen:
                seen.add(pair)
                yield pair


class Links(Generic[Item]):
    """Which items are linked, directly or by others (union-find)."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._parent = {item: item for item in items}

    def join(self, one: Item, other: Item) -> None:
        """Link two items."""
        self._parent[self._root(one)] = self._root(other)

    def joined(self, *items: Item) -> bool:
        """Return whether all of `items` are linked."""
        return len({self._root(item) for item in items}) <= 1

    def groups(self) -> list[list[Item]]:
        """Return the items in groups of those that are linked: each in exactly one."""
        found: defaultdict[Item, list[Item]] = defaultdict(list)
        for item in self._parent:
            found[self._root(item)].append(item)
        return list(found.values())

    def _root(self, item: Item) -> Item:
        parent = self._parent
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item
