from datetime import UTC, datetime
from typing import get_args

import pytest
from httpx import Headers

from services.crawler.fetch import (
    PERMANENT,
    Failure,
    PermanentReason,
    Response,
    TransientReason,
    cookies_of,
    redirect_target,
    retry_after,
    status_failure,
)
from services.crawler.media import is_text

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (304, "bad_redirect"),
        (300, "bad_redirect"),
        (400, "http_4xx"),
        (401, "http_4xx"),
        (403, "http_4xx"),
        (404, "not_found"),
        (408, "connection"),
        (410, "not_found"),
        (429, "http_429"),
        (451, "http_4xx"),
        (500, "http_5xx"),
        (502, "http_5xx"),
        (503, "http_503"),
        (599, "http_5xx"),
    ],
)
def test_what_a_status_means(status: int, reason: str) -> None:
    failure = status_failure(Response("http://a/", status, Headers(), b""))
    assert failure is not None
    assert failure.reason == reason
    assert str(status) in failure.detail


@pytest.mark.parametrize("status", [200, 203, 206])
def test_success_is_no_failure(status: int) -> None:
    assert status_failure(Response("http://a/", status, Headers(), b"")) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999999999999999", 86400),
        ("Wed, 01 May 2024 12:00:30 GMT", 30),
        ("Wed, 01 May 2024 11:00:00 GMT", 0),
        ("Wed, 01 May 2034 11:00:00 GMT", 86400),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("１２", 0),
    ],
)
def test_retry_after(value: str, seconds: float) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_every_reason_is_of_one_class() -> None:
    assert not set(get_args(TransientReason)) & set(get_args(PermanentReason))
    assert set(get_args(PermanentReason)) == PERMANENT
    assert Failure("not_found", "").permanent
    assert not Failure("timeout", "").permanent


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", b"<html>"),
        ("text/html; charset=gb2312", "<p>中".encode("gb18030")),
        ("TEXT/HTML", b""),
        ("text/plain", b"a"),
        ("application/xhtml+xml", b"<html/>"),
        ("application/xml", b"<urlset/>"),
        ("text/xml", b"<rss/>"),
        ("application/rss+xml", b"<rss/>"),
        ("application/atom+xml;charset=utf-8", b"<feed/>"),
        ("", b"<html>"),
        ("", b""),
        ("application/octet-stream", b"<!doctype html>"),
        ("application/x-gzip", b"<urlset/>"),
        ("", "\ufeff<html>".encode("utf-16")),
    ],
)
def test_what_can_be_read(content_type: str, body: bytes) -> None:
    assert is_text(content_type, body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("image/jpeg", b"\xff\xd8\xff\xe0"),
        ("image/svg+xml", b"<svg/>"),
        ("application/pdf", b""),
        ("application/pdf", b"%PDF-1.7"),
        ("text/html", b"%PDF-1.7"),
        ("text/html", b"PK\x03\x04"),
        ("text/html", b"\x89PNG\r\n"),
        ("application/zip", b"PK\x03\x04"),
        ("application/json", b"{}"),
        ("text/css", b"a{}"),
        ("text/javascript", b"var a"),
        ("video/mp4", b""),
        ("application/msword", b"\xd0\xcf\x11\xe0"),
        ("application/octet-stream", b"\x00\x01\x02"),
        ("", b"\x1f\x8b\x08"),
        ("nonsense", b"<html>"),
    ],
)
def test_what_cannot_be_read(content_type: str, body: bytes) -> None:
    assert not is_text(content_type, body)


def page(body: str) -> Response:
    return Response(
        "http://park.example/", 200, Headers({"content-type": "text/html"}), body.encode()
    )


@pytest.mark.parametrize(
    ("meta", "target"),
    [
        ("<meta http-equiv='refresh' content='0;url=/index.html'>", "/index.html"),
        ('<META HTTP-EQUIV="Refresh" CONTENT="3; URL=/a?b=1&amp;c=2">', "/a?b=1&c=2"),
        ("<meta http-equiv=refresh content=0;url=/a />", "/a"),
        ('<meta content="0; url=\'/a\'" http-equiv="refresh">', "/a"),
        ("<meta http-equiv='refresh' content='300;url=/a'>", ""),
        ("<meta http-equiv='refresh' content='5'>", ""),
        ("<meta http-equiv='refresh' content='0;url=/'>", ""),
        ("<meta name='x' content='0;url=/a'>", ""),
        ("<!-- <meta http-equiv='refresh' content='0;url=/a'> -->", ""),
        ("<meta http-equiv='refresh' content='0;url=/a'>" + "x" * 5000, ""),
        ("", ""),
    ],
)
def test_a_page_that_sends_its_reader_on(meta: str, target: str) -> None:
    assert redirect_target(page(meta)) == target


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_status_that_sends_its_reader_on(status: int) -> None:
    assert (
        redirect_target(Response("http://a/", status, Headers({"location": " /b "}), b"")) == "/b"
    )
    assert redirect_target(Response("http://a/", status, Headers(), b"")) == ""


def test_other_statuses_send_nobody_on() -> None:
    assert redirect_target(Response("http://a/", 304, Headers({"location": "/b"}), b"")) == ""


def test_the_cookies_of_a_response() -> None:
    headers = Headers(
        [
            ("Set-Cookie", "a=1; Path=/"),
            ("Set-Cookie", "b = 2"),
            ("set-cookie", "none"),
            ("set-cookie", "long=" + "x" * 5000),
        ]
    )
    assert cookies_of(headers) == {"a": "1", "b": "2"}
