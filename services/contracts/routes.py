"""Which topic a message goes to, and under which key."""

from services.contracts.messages import Article, Facts, Message, Page, PageLines, Source
from services.contracts.topics import ARTICLES, FACTS, PAGES, SOURCES, TEMPLATES, Topic


def topic_of(message: Message) -> Topic:
    """Return the topic that carries messages of this type."""
    match message:
        case Source():
            return SOURCES
        case Page():
            return PAGES
        case Article():
            return ARTICLES
        case PageLines():
            return TEMPLATES
        case Facts():
            return FACTS


def key_of(message: Message) -> bytes:
    """Return the key, which decides the partition and so the order of messages."""
    match message:
        case Source(url=url):
            return _host(url).encode()
        case Page(url=url):
            return url.encode()
        case Article(id=article):
            return article.encode()
        case PageLines(host=host, slot=slot):
            return f"{host}/{slot}".encode()
        case Facts(article=article):
            return article.id.encode()


def _host(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0].lower()
