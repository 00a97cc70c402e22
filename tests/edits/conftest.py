import pytest

from ..people import follow
from ..sync.driver import FakeWeChat
from ..sync.truth import run_of


@pytest.fixture
def wechat(connect, queue, account, settings):
    """120 followers that are synced, in slices of a step each."""
    settings.DETAILS_BATCH = 100
    wechat = connect(FakeWeChat(120, page_size=100))
    assert run_of(account).status == "succeeded"
    queue.sent.clear()
    return wechat


@pytest.fixture
def small(connect, queue, account):
    """Ten followers without any tag."""
    wechat = connect(FakeWeChat(10, tags=0))
    assert run_of(account, "listing", "tags", "blacklist").status == "succeeded"
    return wechat


@pytest.fixture
def three(account):
    """oA1, oA2 and oA3, whom no WeChat knows."""
    return [follow(account, f"oA{number}", remark="Li", note="old") for number in (1, 2, 3)]
