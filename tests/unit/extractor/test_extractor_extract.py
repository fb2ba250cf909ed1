import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.messages import Article, Facts
from services.extractor.extract import extract, warm_up
from services.extractor.segment import read_words

MakeArticle = Callable[..., Article]
GOLD = sorted((Path(__file__).parents[3] / ".." / "shared" / "gold" / "seeds").glob("*.json"))

PIECES = st.sampled_from(
    [
        *"的和与，。、；：“”（）()·\n\t 1２5",
        "株洲",
        "株洲高新区",
        "高新区",
        "新区",
        "宏岚科技",
        "有限公司",
        "集团",
        "总投资3亿元",
        "项目",
        "等26个项目",
        "签约",
        "预计",
        "2024年5月",
        "31日",
        "董事长",
        "王岚",
        "市委",
        "管委会",
        "产业园",
        "项目名称",
        "用地100亩",
        "一期",
        "镇",
        "路",
        "𠮷",
        "e\u0301",
    ]
)


def check(facts: Facts) -> None:
    text = facts.article.text
    for entity in facts.entities:
        assert text[entity.start : entity.end] == entity.text
        assert entity.text.strip()
        assert entity.name
    for amount in facts.amounts:
        assert text[amount.start : amount.end] == amount.text
    for project in facts.projects:
        assert project.name
        assert all(0 <= start < end <= len(text) for start, end in project.evidence)
    assert list(facts.entities) == sorted(facts.entities, key=lambda e: (e.start, -e.end, e.type))


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(PIECES, max_size=30))
def test_anything_is_read_and_every_span_is_its_text(parts: list[str]) -> None:
    text = "".join(parts)
    check(extract(plain(text)))


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    check(extract(plain(text)))


def plain(text: str) -> Article:
    when = datetime(2024, 5, 20, tzinfo=UTC)
    return Article(
        "1", "u", "u", "s", 0, "", when, "day", None, None, (text,), text, "hans", when, "", ""
    )


def test_the_same_article_gives_the_same_facts(make_article: MakeArticle) -> None:
    article = make_article("5月11日，总投资35亿元的宏岚科技硅片项目落户合肥经开区。")
    assert extract(article) == extract(article)


def test_an_amount_has_the_subject_that_its_clause_names(make_article: MakeArticle) -> None:
    text = "去年，株洲高新区实现产值100亿元。宏岚科技有限公司投资3亿元。"
    subjects = [a.subject for a in extract(make_article(text)).amounts]
    assert subjects == ["株洲高新区", "宏岚科技有限公司"]


def test_a_long_text_takes_time_in_proportion(make_article: MakeArticle) -> None:
    def seconds(repeats: int) -> float:
        sentence = "5月11日，总投资35亿元的宏岚科技硅片项目落户合肥经开区，"
        article = make_article(sentence * repeats)
        start = time.process_time()
        assert len(extract(article).amounts) >= repeats
        return time.process_time() - start

    short, long = seconds(50), seconds(1000)
    assert long < short * 20 * 4


def test_warming_up_loads_the_dictionaries() -> None:
    warm_up()
    assert read_words("株洲高新区").tokens


@pytest.mark.skipif(not GOLD, reason="the shared gold is not beside the project")
def test_entities_of_the_gold(make_article: MakeArticle) -> None:
    right = found = wanted = 0
    for path in GOLD:
        for gold in json.loads(path.read_text("utf-8"))["articles"]:
            facts = extract(make_article(gold["text"], gold["title"], gold["published"]))
            told = Counter((e.type, e.text) for e in facts.entities)
            want = Counter((e["type"], e["text"]) for e in gold["entities"])
            right += sum((told & want).values())
            found += sum(told.values())
            wanted += sum(want.values())
    # Nested names count here as found, unlike in the scoring script, so precision is lower.
    assert right / wanted > 0.9
    assert right / found > 0.85


@pytest.mark.parametrize("published", ["0001-01-01", "9999-12-31"])
def test_a_placeholder_for_a_date_dates_nothing(make_article: MakeArticle, published: str) -> None:
    text = "昨天，岚洋科技有限公司总投资3亿元的岚洋热泵项目签约，今年产值达到5亿元。"
    facts = extract(make_article(text, published=published))
    (project,) = facts.projects
    assert (project.date, {amount.period for amount in facts.amounts}) == (None, {None})
