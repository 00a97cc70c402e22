import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from followers.sandbox import Sandbox

from ..caller import LIST, STABLE, Caller, ids
from ..conftest import Start


def test_no_thread_is_left_behind():
    before = set(threading.enumerate())
    with Sandbox(23) as sandbox, Caller(sandbox) as wechat:
        wechat.walk()
        assert set(threading.enumerate()) - before
    assert set(threading.enumerate()) <= before


def test_many_walk_at_the_same_time(start: Start):
    wechat = start(followers=2300, page_size=100)
    assert wechat.token
    truth = wechat.sandbox.followers()
    with ThreadPoolExecutor(6) as pool:
        walks = list(pool.map(lambda _: set(ids(wechat.walk(most=30))), range(6)))
    assert walks == [truth] * 6


def test_many_ask_for_the_token_at_the_same_time(start: Start):
    wechat = start()
    with ThreadPoolExecutor(6) as pool:
        tokens = {
            answer["access_token"] for answer in pool.map(lambda _: wechat.stable(), range(12))
        }
    assert len(tokens) == 1
    assert wechat.sandbox.state["calls"] == {STABLE: 12}


@pytest.mark.parametrize("length", ["999999999999", "-1", "many"])
def test_an_impossible_body_is_not_waited_for(wechat: Caller, length: str):
    connection = http.client.HTTPConnection(urlsplit(wechat.sandbox.url).netloc, timeout=5)
    connection.request("GET", LIST, headers={"Content-Length": length})
    assert connection.getresponse().status == 413
    connection.close()


def test_nothing_is_written_to_the_terminal(wechat: Caller, capfd: pytest.CaptureFixture[str]):
    wechat.walk()
    wechat.sandbox.fault("reset", count=1)
    with pytest.raises(requests.ConnectionError):
        wechat.response(LIST)
    wechat.sandbox.close()
    assert capfd.readouterr() == ("", "")
