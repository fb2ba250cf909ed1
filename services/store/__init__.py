"""Writes facts into PostgreSQL, each article once and in its newest revision, and reads them back.

The schema `parkwire` (`migrations/`) has one row per article and, as a set with it, its mentions,
amounts and projects (`write`); and what relates them: the documents that questions ask, stories,
projects as several articles tell of them (`link`). Raw pages can be kept beside it (`archive`).
"""

from pathlib import Path
from typing import Final

SCHEMA: Final = "parkwire"
MIGRATIONS: Final = Path(__file__).with_name("migrations")
