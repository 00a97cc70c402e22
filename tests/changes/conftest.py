from collections.abc import Callable, Iterator
from typing import Any

import pytest

from followers.models import OfficialAccount, Tag
from followers.runs import engine
from followers.sandbox import Sandbox
from tests.factories import follow

from ..stack import wait_for
from ..sync.driver import FakeWeChat
from ..sync.test_faults import impatient
from ..sync.truth import run_of
from .driver import people
from .mirror import copy


@pytest.fixture
def wechat(connect, queue, account, settings):
    """120 followers that are synced, in slices of a step each."""
    settings.DETAILS_BATCH = 100
    wechat = connect(FakeWeChat(120, page_size=100))
    assert run_of(account).status == "succeeded"
    queue.sent.clear()
    return wechat


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    other = ("wxsecond0000000001", "0123456789abcdef0123456789abcdef", 5)
    with Sandbox(followers=150, tags=1, other_accounts=[other]) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(
    running: Sandbox, account: OfficialAccount, monkeypatch: Any, settings: Any, queue: Any
) -> Iterator[Sandbox]:
    """150 followers over HTTP; nobody has synced them yet."""
    # Calls of the test before may not be over, as far as WeChat knows.
    wait_for(lambda: running.state["in_flight"] == 0)
    running.reset()
    settings.SYNC_SLICE_SECONDS = 60
    how = {"read_timeout": 0.5, "pauses": (0.1, 0.1)}
    monkeypatch.setattr(engine, "client_for", impatient(running, **how))
    account.app_id, account.app_secret = running.app_id, running.app_secret
    account.save()
    yield running
    running.clear()


@pytest.fixture
def mirror(sandbox: Sandbox, account: OfficialAccount) -> Callable[..., tuple[Any, Tag]]:
    """So many followers who all have the tag VIP or not, and are blocked or not, here as there."""

    def mirror(number: int, *, tagged: bool = False, blacklisted: bool = False) -> tuple[Any, Tag]:
        vip = sandbox.console.create_tag("VIP")
        chosen = sorted(sandbox.followers())[:number]
        for openid in chosen:
            tags = [vip] if tagged else []
            sandbox.change(openid, tags=tags, blacklisted=blacklisted, remark="")
        copy(account, sandbox)
        return people(account, chosen), Tag.objects.get(account=account, wechat_id=vip)

    return mirror


@pytest.fixture
def three(account):
    """oA1, oA2 and oA3, whom no WeChat knows."""
    return [follow(account, f"oA{number}", remark="Li", note="old") for number in (1, 2, 3)]
