"""Large accounts over HTTP: what is stored equals what WeChat says, follower by follower."""

import random
import threading

import pytest

from followers.accounts.client import StoredTokens
from followers.models import Follower
from followers.runs import engine
from followers.sandbox import Sandbox
from followers.sync.state import ListingState
from followers.wechat.client import Client
from tests.sync.driver import drive
from tests.sync.truth import (
    BATCHGET,
    blocked,
    details_here,
    details_of,
    run_of,
    stage,
    start,
    tags_here,
)

pytestmark = pytest.mark.drill


@pytest.fixture
def serve(account, queue, monkeypatch):
    """A sandbox with these options, and the engine's way to it."""
    served = []

    def serve(**options):
        sandbox = Sandbox(app_id=account.app_id, app_secret=account.app_secret, **options)
        served.append(sandbox)

        def client_for(account):
            tokens = StoredTokens(account.pk)
            return Client(account.app_id, account.app_secret, base_url=sandbox.url, tokens=tokens)

        monkeypatch.setattr(engine, "client_for", client_for)
        return sandbox

    yield serve
    for sandbox in served:
        sandbox.close()


def assert_equal(account, sandbox):
    rows = Follower.objects.filter(account=account, subscribed=True)
    assert set(rows.values_list("openid", flat=True)) == sandbox.followers()
    truth = {number: (tag.name, set(tag.openids)) for number, tag in sandbox.tags().items()}
    assert tags_here(account) == truth
    assert blocked(account) == sandbox.blacklist()
    assert details_here(account) == details_of(sandbox.profiles())


def change(sandbox, chance, changes):
    sandbox.shuffle(changes, chance.getrandbits(32))
    sandbox.population.come_back(changes // 20)
    sandbox.population.leave(changes // 10)
    sandbox.population.join(changes // 10)


def test_a_hundred_thousand_followers_with_thirty_tags(account, serve):
    sandbox = serve(followers=100_000, tags=30, tag_percent=10)
    chance, over = random.Random(5), threading.Event()
    assert run_of(account).status == "succeeded"
    assert_equal(account, sandbox)
    before = sandbox.state["calls"]
    assert run_of(account).status == "succeeded"
    assert sandbox.state["calls"][BATCHGET] == before[BATCHGET] == 1000
    change(sandbox, chance, 5_000)

    def meanwhile():
        while not over.wait(0.2):
            change(sandbox, chance, 100)

    thread = threading.Thread(target=meanwhile)
    thread.start()
    try:
        assert run_of(account).status == "succeeded"
    finally:
        over.set()
        thread.join()
    assert run_of(account, refresh_details=True).status == "succeeded"
    assert_equal(account, sandbox)


def test_of_20_000_fifty_are_omitted_and_forty_have_left(account, serve):
    sandbox = serve(followers=20_000)
    run_of(account, "listing")
    gone = set(sandbox.population.leave(40))
    sandbox.fault("omits", people=50, path="/cgi-bin/user/get")
    run = drive(start(account, "listing"))
    assert (run.status, run.unsubscribed) == ("succeeded", 40)
    left = Follower.objects.filter(subscribed=False).values_list("openid", flat=True)
    assert set(left) == gone
    assert ListingState.load(stage(run, "listing")).still == 50
