import pytest

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
