import pytest

from services.cli.console import as_markup, printable


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x1b]0;title\x07", "\r", "\x9b31m", "\u202e", "\u2066", "\x00", "\x7f"]
)
def test_nothing_moves_the_cursor_or_turns_the_writing(hostile: str) -> None:
    shown = printable(f"临湖{hostile}高新区")
    assert shown.isprintable()
    assert shown.startswith("临湖 ")
    assert shown.endswith("高新区")


def test_markup_is_shown_as_it_is_written() -> None:
    assert as_markup("[red]\x1b[0m临湖") == "\\[red] [0m临湖"
