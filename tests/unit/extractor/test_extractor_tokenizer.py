import importlib
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import marked_articles

from services.extractor.tokenizer import Tokenizer, Word

_OURS = [Word("岚洋", "company", False), Word("岚洋区", "park", True), Word("的确", "n", True)]
_CHARS = (
    "株洲高新区的岚洋科技有限公司在签约了总投资亿元项目产值确实同学们多少钱，。、“”"
    " \n\t3.5-10%GWhabcT恤&é😀\x00"
)


@pytest.fixture(scope="module")
def ours() -> Tokenizer:
    return Tokenizer(_OURS)


@pytest.fixture(scope="module")
def theirs() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jieba = importlib.import_module("jieba")
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in _OURS:
        tokenizer.add_word(word.text)
    return tokenizer


def cut(tokenizer: Tokenizer, text: str) -> list[str]:
    return [word for run in tokenizer.runs(text) for word in tokenizer.words(run)]


@pytest.mark.parametrize("article", marked_articles(), ids=lambda a: str(a.title))
def test_an_article_is_cut_as_jieba_cuts_it(article: Any, ours: Tokenizer, theirs: Any) -> None:
    assert cut(ours, article.text) == list(theirs.cut(article.text))


@given(st.text(st.sampled_from(_CHARS), max_size=60))
def test_any_text_is_cut_as_jieba_cuts_it(ours: Tokenizer, theirs: Any, text: str) -> None:
    words = cut(ours, text)
    assert "".join(words) == text
    assert words == list(theirs.cut(text))


def test_our_words_have_our_tags_unless_the_dictionary_may_keep_its_own(ours: Tokenizer) -> None:
    assert (ours.tags["岚洋"], ours.tags["岚洋区"], ours.tags["的确"]) == ("company", "park", "d")
