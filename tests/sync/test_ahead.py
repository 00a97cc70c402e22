import threading

import pytest

from followers.sync.ahead import Ahead
from followers.wechat.errors import Retriable, TokenRefused


@pytest.fixture
def ahead():
    ahead = Ahead()
    yield ahead
    ahead.close()


def fails(error):
    def call():
        raise error

    return call


def test_the_answer_is_waited_for_and_comes_from_another_thread(ahead):
    ahead.start("a", threading.current_thread)
    assert ahead.take("a") is not threading.current_thread()


def test_nothing_asked_ahead(ahead):
    assert ahead.take("a") is None


def test_another_checkpoint_is_another_question(ahead):
    ahead.start("a", lambda: 1)
    assert ahead.take("b") is None
    assert ahead.take("a") == 1


def test_an_answer_is_used_once(ahead):
    ahead.start("a", lambda: 1)
    assert ahead.take("a") == 1
    assert ahead.take("a") is None


def test_what_was_dropped_is_not_used(ahead):
    ahead.start("a", lambda: 1)
    ahead.drop()
    assert ahead.take("a") is None


def test_a_refused_token_is_nothing_usable(ahead):
    ahead.start("a", fails(TokenRefused("api", 40001)))
    assert ahead.take("a") is None


def test_other_errors_are_the_callers(ahead):
    ahead.start("a", fails(Retriable("timeout")))
    with pytest.raises(Retriable):
        ahead.take("a")
