"""Which family an error belongs to, by its SQLSTATE (PostgreSQL documentation, appendix A)."""

import asyncpg
import pytest

from services.runtime.postgres import POISON, TRANSIENT


def _error(sqlstate: str) -> Exception:
    error = asyncpg.PostgresError.new({"C": sqlstate, "M": "as the server says it"})
    assert isinstance(error, Exception)
    return error


@pytest.mark.parametrize(
    "sqlstate",
    [
        "08006",  # connection_failure
        "25006",  # read_only_sql_transaction
        "25P03",  # idle_in_transaction_session_timeout
        "25P04",  # transaction_timeout
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "53100",  # disk_full
        "53200",  # out_of_memory
        "53300",  # too_many_connections
        "55P03",  # lock_not_available
        "57014",  # query_canceled
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
        "58030",  # io_error
    ],
)
def test_the_worlds_failures(sqlstate: str) -> None:
    error = _error(sqlstate)
    assert isinstance(error, TRANSIENT)
    assert not isinstance(error, POISON)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        ConnectionResetError(),
        TimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    ],
)
def test_the_worlds_failures_on_the_way(error: Exception) -> None:
    assert isinstance(error, TRANSIENT)
    assert not isinstance(error, POISON)


@pytest.mark.parametrize(
    "sqlstate",
    [
        "22003",  # numeric_value_out_of_range
        "22008",  # datetime_field_overflow
        "22021",  # character_not_in_repertoire
        "22P02",  # invalid_text_representation
        "22P05",  # untranslatable_character
        "23502",  # not_null_violation
        "23505",  # unique_violation
        "23514",  # check_violation
        "54000",  # program_limit_exceeded
    ],
)
def test_the_rows_own_failures(sqlstate: str) -> None:
    error = _error(sqlstate)
    assert isinstance(error, POISON)
    assert not isinstance(error, TRANSIENT)


@pytest.mark.parametrize(
    "sqlstate",
    [
        "28P01",  # invalid_password
        "3D000",  # invalid_catalog_name
        "42501",  # insufficient_privilege
        "42601",  # syntax_error
        "42P01",  # undefined_table
        "XX000",  # internal_error
    ],
)
def test_a_wrong_deployment_is_neither(sqlstate: str) -> None:
    assert not isinstance(_error(sqlstate), TRANSIENT + POISON)
