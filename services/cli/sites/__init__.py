"""Sample sites in the manner of real ones, for the demo and the tests; every story is invented."""

from services.cli.sites.answers import Answer, export
from services.cli.sites.server import SampleSites, Visit

__all__ = ["Answer", "SampleSites", "Visit", "export"]
