"""The whole step: an article in, its facts out. Pure and deterministic."""

from datetime import date

from services.contracts.messages import Article, Facts
from services.extractor.amounts import find_amounts
from services.extractor.dates import Calendar
from services.extractor.entities.recognise import recognise
from services.extractor.projects.find import find_projects
from services.extractor.projects.setting import read_setting
from services.extractor.search import search_tokens
from services.extractor.segment import read_words
from services.extractor.subjects import with_subjects


def extract(article: Article) -> Facts:
    """Return the entities, amounts and projects of `article`."""
    text = article.text
    words = read_words(text)
    found = recognise(words, article.title)
    amounts = tuple(find_amounts(text, _day(article)))
    calendar = Calendar(text, article.published_at, article.published_precision)
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


def _day(article: Article) -> date | None:
    """Return the day of the article, if its month is known."""
    known = article.published_at and article.published_precision != "year"
    return article.published_at.date() if article.published_at and known else None


def warm_up() -> None:
    """Load the dictionaries, which takes about a second, before the first article comes."""
    recognise(read_words("株洲高新区的宏图科技有限公司"), "")
    find_amounts("1亿元")
