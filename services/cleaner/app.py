"""The cleaner's shell: pages in, articles out, and what the pages of a host have in common."""

from collections.abc import Sequence

from services.cleaner.clean import clean, warm_up
from services.cleaner.memory import HostMemory
from services.cleaner.template import Seen, lines_to_remember
from services.contracts.codec import PAGE
from services.contracts.messages import Message, Page
from services.contracts.topics import ARTICLES, PAGES, TEMPLATES
from services.runtime.outcome import Record
from services.runtime.service import Service
from services.runtime.transform import Product, Transform


def step(page: Page, seen: Sequence[Seen]) -> Product:
    """Clean one page in the light of those `seen` of its host.

    A page without an article yields none, with the reason counted.
    """
    cleaning = clean(page, seen)
    found = {f"charset_{cleaning.charset}": 1} if cleaning.charset else {}
    if cleaning.no_article is not None:
        return Product((), found | {f"no_article_{cleaning.no_article}": 1})
    messages: list[Message] = [*cleaning.articles]
    found |= {"articles": len(messages)}
    if lines := lines_to_remember(page, cleaning.articles, cleaning.lines, seen):
        messages.append(lines)
        found |= {"template_pages": 1}
    return Product(messages, found)


def make_service() -> Service:
    """Return the service, ready to run."""
    service = Service("cleaner")
    memory = HostMemory()
    service.table(TEMPLATES, memory.put)

    def beside(record: Record) -> tuple[tuple[Seen, ...]]:
        return (memory.pages_of(record.key or b""),)

    transform = Transform(PAGE, step, warm_up)
    service.transform(PAGES, transform, writes=ARTICLES, beside=beside)
    service.publishes(TEMPLATES)
    return service
