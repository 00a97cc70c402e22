import pytest

from .driver import begin


@pytest.fixture
def run(account, wechat):
    """A queued sync of the follower list, which no worker has seen yet."""
    return begin(account)[0]
