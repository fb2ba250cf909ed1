from services.store.search_words import highlight, query, vector


def test_words_keep_their_positions_and_no_case() -> None:
    assert vector("储能 LED 储能") == "'储能':1,3 'led':2"


def test_what_a_literal_would_take_for_its_own_is_quoted() -> None:
    assert vector("a'b c\\d ':1") == "'a''b':1 'c\\\\d':2 ''':1':3"
    assert query("a'b c\\d a'b") == "'a''b' & 'c\\\\d'"


def test_a_text_longer_than_an_index_takes_counts_by_its_beginning() -> None:
    words = vector(" ".join(f"词{n}" for n in range(60_000))).split()
    assert len(words) == 16_383
    assert len(vector("词 " * 1000)) < 2000
    assert vector("长" * 501) == ""


def test_nothing_asks_for_nothing() -> None:
    assert query("  ") == ""


def test_the_passage_with_most_of_the_words_is_shown() -> None:
    text = "储能很热。" + "无关的话。" * 40 + "云溪签约LED与储能项目。"
    found = highlight(text, "储能 led")
    assert "签约【LED】与【储能】项目" in found
    assert len(found) < 120


def test_words_that_stand_in_the_title_alone_show_no_passage() -> None:
    assert highlight("正文。", "标题") == ""
    assert highlight("正文。", "") == ""
