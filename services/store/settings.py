"""Settings of the store."""

import re
from typing import Final

from pydantic import Field, PositiveInt, field_validator

from services.runtime.settings import Settings, config


class StoreSettings(Settings):
    """What the store does beside writing."""

    model_config = config("STORE_")

    keep_days: PositiveInt | None = None
    """Days after its last fetch that an article is kept, with all that was found in it; None keeps
    for ever."""


_PLACE: Final = re.compile(r"/.+|(s3|gs|az)://[^/]+(/.*)?")


class ArchiveSettings(Settings):
    """Where raw pages are kept when Kafka has forgotten them."""

    model_config = config("ARCHIVE_")

    url: str | None = None
    """A folder or a bucket for WARC files: /PATH, s3://BUCKET/PREFIX, gs://… or az://…; None: no
    archive. Who may write to a bucket is told by the variables of its provider's own tools
    (AWS_ACCESS_KEY_ID and so on)."""
    keep_days: PositiveInt | None = None
    """Days that a file is kept; None keeps for ever."""
    gather: float = Field(default=30.0, gt=0, le=60)
    """Seconds that pages are waited for, so that a file holds many."""

    @field_validator("url")
    @classmethod
    def _is_place(cls, url: str | None) -> str | None:
        if url and _PLACE.fullmatch(url) is None:
            raise ValueError("must be /PATH, s3://BUCKET/PREFIX, gs://BUCKET/… or az://CONTAINER/…")
        return url or None
