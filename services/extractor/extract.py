"""The whole step: an article in, its facts out. Pure and deterministic."""

from datetime import datetime
from typing import Final

from services.contracts.messages import Article, Facts
from services.extractor.amounts import find_amounts
from services.extractor.dates import Calendar
from services.extractor.entities.recognise import recognise
from services.extractor.projects.find import find_projects
from services.extractor.projects.setting import read_setting
from services.extractor.search import search_tokens
from services.extractor.segment import read_words
from services.extractor.subjects import with_subjects

_YEARS: Final = range(1900, 2101)


def extract(article: Article) -> Facts:
    """Return the entities, amounts and projects of `article`."""
    text = article.text
    words = read_words(text)
    found = recognise(words, article.title)
    published = _published(article)
    day = published.date() if published and article.published_precision != "year" else None
    amounts = tuple(find_amounts(text, day))
    calendar = Calendar(text, published, article.published_precision)
    projects = find_projects(
        text,
        found.entities,
        amounts,
        items=found.items,
        setting=read_setting(
            text,
            article.title,
            found.entities,
            park=found.main_park,
            aliases=found.aliases,
            calendar=calendar,
        ),
        calendar=calendar,
    )
    return Facts(
        article,
        found.entities,
        with_subjects(text, amounts, found.entities, found.main_park),
        projects,
        search_tokens(read_words(article.title), words),
    )


def _published(article: Article) -> datetime | None:
    """Return when the article was published, unless that is a placeholder (0001, 9999)."""
    known = article.published_at
    return known if known and known.year in _YEARS else None


def warm_up() -> None:
    """Load the dictionaries, which takes about a second, before the first article comes."""
    recognise(read_words("株洲高新区的宏图科技有限公司"), "")
    find_amounts("1亿元")
