import subprocess
import sys

import pytest
import typer.main

from services.cli.__main__ import _MODULES, make_app


def names(app: typer.Typer) -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_every_command_has_its_module() -> None:
    assert names(make_app()) == set(_MODULES)


@pytest.mark.parametrize("command", _MODULES)
def test_a_command_is_in_its_module(command: str) -> None:
    assert command in names(make_app(command))


def test_one_command_does_not_load_the_libraries_of_all() -> None:
    look = (
        "import sys; from services.cli.__main__ import make_app; make_app('status');"
        "print(*({'alembic', 'faststream', 'jieba', 'numpy', 'sqlalchemy'} & sys.modules.keys()))"
    )
    shown = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""
