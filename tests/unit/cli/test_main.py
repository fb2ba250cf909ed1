import os
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


@pytest.mark.parametrize(
    ("command", "variable", "value", "last_words"),
    [
        (
            "status",
            "PARKWIRE_KAFKA_BOOTSTRAP_SERVERS",
            "127.0.0.1:1",
            "parkwire: no broker answers (PARKWIRE_KAFKA_BOOTSTRAP_SERVERS): 127.0.0.1:1",
        ),
        (
            "hosts",
            "PARKWIRE_POSTGRES_DSN",
            "postgresql://127.0.0.1:1/nowhere",
            "parkwire: the database cannot be asked (PARKWIRE_POSTGRES_DSN): ",
        ),
    ],
)
def test_what_does_not_answer_is_named_with_its_setting(
    command: str, variable: str, value: str, last_words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", command],
        capture_output=True,
        text=True,
        env=os.environ | {variable: value},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(last_words)


@pytest.mark.parametrize("command", [["inspect"], ["add", "-f"]])
def test_a_file_that_cannot_be_read_is_named_once(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *command, "/nowhere/page.html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    words = "parkwire: /nowhere/page.html cannot be read: No such file or directory\n"
    assert done.stderr == words
