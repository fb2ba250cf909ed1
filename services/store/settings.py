"""Settings of the store."""

from pydantic import PositiveInt

from services.runtime.settings import Settings, config


class StoreSettings(Settings):
    """What the store does beside writing."""

    model_config = config("STORE_")

    keep_days: PositiveInt | None = None
    """Days after its last fetch that an article is kept, with all that was found in it; None keeps
    for ever."""
