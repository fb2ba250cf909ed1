"""The extractor's shell: articles in, facts out."""

from services.contracts.codec import ARTICLE
from services.contracts.messages import Article
from services.contracts.topics import ARTICLES, FACTS
from services.extractor.extract import extract, warm_up
from services.runtime.service import Service
from services.runtime.transform import Product, Transform


def step(article: Article) -> Product:
    """Extract the facts of one article."""
    facts = extract(article)
    found = {
        "entities": len(facts.entities),
        "amounts": len(facts.amounts),
        "projects": len(facts.projects),
    }
    # An article in which nothing of a kind was found, so that a share of such articles can be seen.
    found |= {f"no_{what}": 1 for what, count in found.items() if not count}
    return Product((facts,), found)


def make_service() -> Service:
    """Return the service, ready to run."""
    service = Service("extractor")
    service.transform(ARTICLES, Transform(ARTICLE, step, warm_up), writes=FACTS)
    return service
