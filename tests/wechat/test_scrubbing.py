import io
import logging
import re
import traceback

import pytest
import requests

from followers.wechat.client import Client
from followers.wechat.errors import WeChatError
from followers.wechat.scrubbing import MaskedStr, Scrubber, mask_parameters

from .fake import APP_ID, SECRET, TOKEN, FakeTransport, fake_client, raw_server

LEAKS = re.compile(f"{re.escape(TOKEN[:12])}|{SECRET[:12]}")


def test_secrets_are_masked_whole_or_truncated():
    scrubber = Scrubber(SECRET, "short")
    for text in (SECRET, SECRET[:20], f"a{SECRET}b", "short"):
        assert not LEAKS.search(scrubber.scrub(text))
        assert "short" not in scrubber.scrub(text)


def test_other_text_is_unchanged():
    assert Scrubber(SECRET).scrub("errcode 40013 hint: [abc]") == "errcode 40013 hint: [abc]"


def test_only_the_newest_secrets_are_kept():
    scrubber = Scrubber()
    for number in range(100):
        scrubber.add_secret(f"{number:04}-secret-secret")
    assert len(scrubber._patterns) < 20
    assert "secret" not in scrubber.scrub("0099-secret-secret")


@pytest.mark.parametrize(
    "text",
    ["/x?access_token=T0p&a=b", "/x?a=b&secret=T0p", '{"access_token":"T0p"}', "access_token: T0p"],
)
def test_parameters_are_masked(text):
    masked = mask_parameters(text)
    assert "T0p" not in masked
    assert "***" in masked


def test_masked_str_hides_its_value_in_repr():
    assert "T0p" not in repr({"a": MaskedStr("T0p")})
    assert MaskedStr("T0p") == "T0p"


def error_chain(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def all_output(call):
    """Log records at DEBUG, and all string forms of the error that `call` raises."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with pytest.raises(WeChatError) as caught:
            call()
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    error = caught.value
    output = [stream.getvalue(), "".join(traceback.format_exception(error)), repr(error.params)]
    output += [f"{one} {one!r} {one.args!r}" for one in error_chain(error)]
    return "\n".join(output)


ECHO = {"errcode": 40003, "errmsg": f"bad request access_token={TOKEN}1 and {SECRET}"}
FAULTS = [
    ECHO,
    {**ECHO, "errcode": -1},
    {**ECHO, "errcode": 40001},
    (502, f"<html>{TOKEN}1".encode()),
    b"x" * 190 + TOKEN.encode(),
    f'{{"access_token":"{TOKEN}'.encode(),
    [TOKEN],
    {"data": f"{TOKEN}1 {SECRET}"},
    requests.ConnectionError(f"https://x/?access_token={TOKEN}1"),
    requests.Timeout(f"https://x/?access_token={TOKEN}1"),
    requests.exceptions.InvalidURL(f"https://x/?access_token={TOKEN}1"),
]


@pytest.mark.parametrize("answer", FAULTS)
def test_no_fault_shows_a_secret(answer):
    output = all_output(fake_client(FakeTransport(answer)).user_get)
    assert not LEAKS.search(output)


@pytest.mark.parametrize("answer", FAULTS)
def test_no_fault_of_the_token_endpoint_shows_a_secret(answer):
    client = fake_client(FakeTransport({}, tokens=(answer,)))
    assert not LEAKS.search(all_output(client.user_get))


class FixedToken:
    def current(self, fetch):
        return TOKEN

    def replace(self, refused, fetch):
        return TOKEN


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 502 Bad\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 302 Found\r\nLocation: /y?access_token=" + TOKEN.encode() + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\n: odd\r\nno colon\r\n\r\n{}",
    ],
)
def test_the_log_of_real_connections_shows_no_secret(answer):
    with raw_server(lambda connection, _stop: connection.sendall(answer)) as url:
        client = Client(APP_ID, SECRET, base_url=url, tokens=FixedToken(), pauses=())
        output = all_output(lambda: (client.user_get(), client.stable_token()))
        client.close()
    assert "/cgi-bin/user/get" in output
    assert not LEAKS.search(output)


def test_the_log_still_shows_requests():
    with raw_server(lambda connection, _stop: connection.sendall(b"HTTP/1.1 502 X\r\n\r\n")) as url:
        client = Client(APP_ID, SECRET, base_url=url, tokens=FixedToken(), pauses=())
        output = all_output(client.user_get)
        client.close()
    assert "GET /cgi-bin/user/get?access_token=***" in output
