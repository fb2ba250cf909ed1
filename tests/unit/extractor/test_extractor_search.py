from services.extractor.search import search_tokens
from services.extractor.segment import read_words


def _tokens(*texts: str) -> list[str]:
    return search_tokens(*map(read_words, texts)).split(" ")


def test_a_long_word_comes_after_the_words_in_it() -> None:
    assert _tokens("有限责任公司") == ["有限", "责任", "公司", "有限责任公司"]


def test_texts_follow_each_other_without_punctuation() -> None:
    assert _tokens("签约：", "“投资”，\n12.5亿元。") == ["签约", "投资", "12.5", "亿元"]


def test_an_empty_text_has_none() -> None:
    assert search_tokens(read_words(""), read_words("，\n")) == ""
