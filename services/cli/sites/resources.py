"""What a site serves at one path."""

import base64
import hashlib
from dataclasses import dataclass, field

# A grey GIF of one pixel stands in for every picture.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAMLCwgAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")


@dataclass(frozen=True)
class Resource:
    """A response: `body` is the entity as it goes over the wire, before `compress`."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    compress: bool = False

    @property
    def etag(self) -> str:
        """A strong validator (RFC 9110 section 8.8.3) made from the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'
