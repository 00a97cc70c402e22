import threading

import pytest

from followers.wechat.errors import Retriable
from followers.wechat.tokens import AccessToken, MemoryTokens


class TokenSource:
    def __init__(self, lifetime=7200):
        self.count, self.lifetime = 0, lifetime

    def __call__(self):
        self.count += 1
        return AccessToken(f"t{self.count}", self.lifetime)


def test_a_token_is_kept():
    tokens, fetch = MemoryTokens(), TokenSource()
    assert [tokens.current(fetch), tokens.current(fetch)] == ["t1", "t1"]


@pytest.mark.parametrize(
    ("lifetime", "last_use", "expiry"), [(7200, 6899, 6900), (300, 149, 150), (400, 199, 200)]
)
def test_a_token_is_replaced_before_it_expires(lifetime, last_use, expiry):
    now = [0]
    tokens, fetch = MemoryTokens(clock=lambda: now[0]), TokenSource(lifetime)
    tokens.current(fetch)
    now[0] = last_use
    assert tokens.current(fetch) == "t1"
    now[0] = expiry
    assert tokens.current(fetch) == "t2"


def test_a_refused_token_is_replaced_once():
    tokens, fetch = MemoryTokens(), TokenSource()
    tokens.current(fetch)
    assert [tokens.replace("t1", fetch), tokens.replace("t1", fetch)] == ["t2", "t2"]


def test_threads_fetch_one_token():
    tokens, fetch = MemoryTokens(), TokenSource()
    threads = [threading.Thread(target=tokens.current, args=(fetch,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetch.count == 1


def test_a_failed_fetch_changes_nothing():
    tokens = MemoryTokens()

    def fail():
        raise Retriable("connection")

    with pytest.raises(Retriable):
        tokens.current(fail)
    assert tokens.current(TokenSource()) == "t1"
