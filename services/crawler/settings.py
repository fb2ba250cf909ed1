"""Settings of the crawler."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from services.runtime.settings import Settings, config


class CrawlerSettings(Settings):
    """How fast, how much and where the crawler may fetch. Times are seconds, sizes bytes."""

    model_config = config("CRAWLER_")

    agent: str = Field(default="parkwire", pattern=r"^[A-Za-z_-]+$")
    """The product token: what robots.txt files address the crawler by."""
    contact: str = ""
    """A URL or mail address that site owners can reach you by; part of the User-Agent header."""

    concurrency: PositiveInt = 32
    """Hosts that are fetched from at the same time."""
    pace: PositiveFloat = 1.0
    """Time between two requests to one host; a longer Crawl-delay in its robots.txt wins."""
    longest_pace: PositiveFloat = 60.0
    """A Crawl-delay above this counts as this."""
    patience: PositiveFloat = 5.0
    """A host that wants a longer pause than this is released, so that others are served."""
    host_urls: PositiveInt = 1_000_000
    """URLs that are kept of one host."""
    source_urls: PositiveInt = 200_000
    """URLs that are kept of what is found from one source."""
    host_pages: PositiveInt = 50
    """URLs of one host that are fetched before another host gets its turn."""
    lease: PositiveFloat = 60.0
    """A killed crawler's hosts come back after this time; a living one renews."""
    poll: PositiveFloat = 0.5
    """Time between two looks for due hosts while there is room for more."""
    grace: PositiveFloat = 20.0
    """Time that requests in hand have to finish when the crawler is told to stop."""

    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks (a JSON list of CIDR) that may be reached although they are not public, on any
    port: an intranet, a test server."""

    connect_timeout: PositiveFloat = 10.0
    read_timeout: PositiveFloat = 15.0
    total_timeout: PositiveFloat = 60.0
    """For a URL with all its redirects, the waits for politeness apart."""
    max_redirects: NonNegativeInt = 10
    max_wire: PositiveInt = 5 * 1024 * 1024
    """Largest body as it is transferred."""
    max_body: int = Field(default=10 * 1024 * 1024, gt=0, le=10 * 1024 * 1024)
    """Largest body once it is decompressed; the topic `pages` takes little more."""
    max_links: PositiveInt = 50_000
    """Links taken from one page; a sitemap may hold 50,000."""

    max_attempts: PositiveInt = 6
    """Tries of a URL that fails for reasons that may pass."""
    retry_base: PositiveFloat = 30.0
    """Wait after the first failure; doubles with every further one."""
    retry_longest: PositiveFloat = 6 * 3600.0

    recrawl_first: PositiveFloat = 3600.0
    """Period of a list, feed or sitemap that states none; halved when the list has changed and
    doubled when it has not."""
    recrawl_shortest: PositiveFloat = 900.0
    recrawl_longest: PositiveFloat = 7 * 24 * 3600.0

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return f"{self.agent}/1.0 (+{self.contact})" if self.contact else f"{self.agent}/1.0"
