"""Profiles of systems and sites, kept in `data/profiles.toml`: where their articles are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from services.cleaner.data import load


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the pages of a system have their article; words are as in `dom.Element.tokens`."""

    name: str
    body: str
    noise: frozenset[str] = frozenset()
    meta: Mapping[str, str] = field(default_factory=dict)
    """Texts that the page's meta elements contain, by name."""
    hosts: frozenset[str] = frozenset()

    def applies(self, meta: Mapping[str, str], host: str) -> bool:
        """Whether a page with these meta elements is of this system."""
        if host in self.hosts:
            return True
        return bool(self.meta) and all(
            text in meta.get(name, "") for name, text in self.meta.items()
        )


NO_PROFILE: Final = Profile(name="", body="")


@cache
def profiles() -> tuple[Profile, ...]:
    """Return the profiles of the package, read once per process."""
    return tuple(
        Profile(
            name=table["name"],
            body=table["body"],
            noise=frozenset(table.get("noise", ())),
            meta=table.get("meta", {}),
            hosts=frozenset(table.get("hosts", ())),
        )
        for table in load("profiles.toml")["profile"]
    )


def profile_of(meta: Mapping[str, str], host: str) -> Profile:
    """Return the profile that a page is read by; of most pages it says nothing."""
    return next((p for p in profiles() if p.applies(meta, host)), NO_PROFILE)
