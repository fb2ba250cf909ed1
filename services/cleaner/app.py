"""The cleaner's shell: pages in, articles out."""

from services.cleaner.clean import clean, warm_up
from services.contracts.codec import PAGE
from services.contracts.messages import Page
from services.contracts.topics import ARTICLES, PAGES
from services.runtime.service import Service
from services.runtime.transform import Product, Transform


def step(page: Page) -> Product:
    """Clean one page; a page without an article yields none, with the reason counted."""
    cleaning = clean(page)
    if cleaning.no_article is not None:
        return Product((), {f"no_article_{cleaning.no_article}": 1})
    return Product(cleaning.articles, {"articles": len(cleaning.articles)})


def make_service() -> Service:
    """Return the service, ready to run."""
    service = Service("cleaner")
    service.transform(PAGES, Transform(PAGE, step, warm_up), writes=ARTICLES)
    return service
