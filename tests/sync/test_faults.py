"""Every fault that the simulated WeChat knows, over HTTP, at every place of a walk.

For each: what becomes of the run; that the database then holds nothing wrong and is the account's
list, or the run says that it is not; and that the next sync after the trouble ends exactly in it.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from followers.accounts.client import StoredTokens
from followers.models import AccessToken, Follower
from followers.rows import followers
from followers.runs import engine
from followers.runs.messages import describe
from followers.sandbox import FAULTS, Sandbox
from followers.wechat.client import Client

from .driver import LIST, drive, following, stage_of, sync

TOKEN = "/cgi-bin/stable_token"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# 220 followers in pages of 100: calls that are spared before the one that is hit.
PLACES = {"first": 0, "middle": 1, "last": 2, "extra": 3, "token": 0}
# Faults that concern only some calls of a walk count only those.
NARROW = {
    "walk": {"middle": 0, "last": 1},
    "cursor": {"middle": 0, "last": 1},
    "last": {"last": 0},
    "token": {"token": 0},
}

FATAL = ("40125", "40013", "40164", "61004", "40243", "48001", "48004", "50002")
LIMITS = ("89503", "45009", "45011")
PASSING = ("-1", "slow", "timeout", "reset", "truncated", "drip", "drip_headers")
PASSING += ("http_500", "http_502", "http_503", "http_429")
PASSING += ("not_json", "empty_body", "json_list", "json_string")
REFUSED_TOKENS = ("40001", "40014", "42001")
HARMLESS = ("text_plain", "invalid_utf8", "control_characters", "numbers_as_text")
HARMLESS += ("duplicates", "blank_ids", "total_lies", "no_next_openid", "omits")
LOOPS = ("40003", "repeated_cursor", "cycle")
# Asked again and again, these are a list that ends before it should.
ENDS = ("data_null", "openid_null", "ends_early", "empty_list")

# What becomes of the run, (fault hits one call, fault hits every call from there on).
STATUS = {
    **dict.fromkeys(FATAL, ("failed", "failed")),
    **dict.fromkeys(LIMITS, ("waiting", "waiting")),
    **dict.fromkeys(PASSING, ("succeeded", "waiting")),
    **dict.fromkeys(REFUSED_TOKENS, ("succeeded", "waiting")),
    **dict.fromkeys(HARMLESS, ("succeeded", "succeeded")),
    **dict.fromkeys(LOOPS, ("succeeded", "failed")),
    **dict.fromkeys(ENDS, ("succeeded", "review")),
    "endless": ("succeeded", "failed"),
    "total_drifts": ("succeeded", "succeeded"),
}
PLACED = {
    # A list that is only a little short is believed; those whom it left out are asked about.
    **{(fault, "last"): ("succeeded", "succeeded") for fault in ENDS},
    ("empty_list", "extra"): ("succeeded", "succeeded"),
    # It also says that there are no followers, so that nothing looks short.
    ("empty_list", "first"): ("review", "review"),
    ("empty_list", "middle"): ("review", "review"),
}
# These act on a page of ids, and the extra page has none.
PAGES_ONLY = (
    "data_null",
    "openid_null",
    "duplicates",
    "blank_ids",
    "total_drifts",
    "total_lies",
    "omits",
)


def places(fault):
    scope = FAULTS[fault].scope
    if scope in NARROW:
        return NARROW[scope]
    left_out = {"token"} if scope != "all" else set()
    left_out |= {"extra"} if fault in PAGES_ONLY else set()
    return {name: spared for name, spared in PLACES.items() if name not in left_out}


CELLS = [
    pytest.param(fault, place, forever, id=f"{fault}-{place}-{'ever' if forever else 'once'}")
    for fault in STATUS
    for place in places(fault)
    for forever in (False, True)
]


@pytest.fixture(scope="module")
def running():
    with Sandbox(followers=230, page_size=100) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running, account, monkeypatch, settings, queue):
    """All 230 are known of old; since then 20 have left and 10 have joined."""
    running.reset()
    settings.SYNC_SLICE_SECONDS = 60
    monkeypatch.setattr(engine, "client_for", impatient(running))
    account.app_id, account.app_secret = running.app_id, running.app_secret
    account.save()
    followers.insert(account.pk, running.followers(), LONG_AGO)
    running.population.leave(20)
    running.population.join(10)
    yield running
    running.clear()


def impatient(sandbox, **how):
    how = {"read_timeout": 0.3, "deadline": 5, "pauses": (0, 0), **how}

    def client_for(account):
        return Client(
            account.app_id,
            account.app_secret,
            base_url=sandbox.url,
            tokens=StoredTokens(account.pk),
            **how,
        )

    return client_for


def switch_on(sandbox, fault, place, forever):
    path = TOKEN if place == "token" else LIST
    after = places(fault)[place]
    options = {"people": 10} if fault == "omits" else {}
    sandbox.fault(fault, count=None if forever else 1, path=path, after=after, **options)


def assert_nothing_wrong(account, sandbox):
    """Some may be missing and some may be unnoticed, but nobody is what he is not."""
    left = Follower.objects.filter(subscribed=False).values_list("openid", flat=True)
    assert set(left) <= sandbox.former_followers()
    assert following(account) <= sandbox.followers() | sandbox.former_followers()


def assert_exact(account, sandbox):
    assert following(account) == sandbox.followers()
    assert_nothing_wrong(account, sandbox)


def after_the_trouble(account, sandbox, run):
    """The fault is gone; somebody presses the button that the run offers."""
    sandbox.clear()
    AccessToken.objects.all().delete()
    if engine.retry(run):
        return drive(run)
    return sync(account)


@pytest.mark.parametrize(("fault", "place", "forever"), CELLS)
def test_fault(account, sandbox, fault, place, forever):
    switch_on(sandbox, fault, place, forever)
    run = sync(account)
    assert run.status == PLACED.get((fault, place), STATUS[fault])[forever]
    assert_nothing_wrong(account, sandbox)
    if run.status == "succeeded":
        assert following(account) == sandbox.followers() or run.fetched != run.total
    else:
        assert all(describe(run)[:2])
    assert after_the_trouble(account, sandbox, run).status == "succeeded"
    assert_exact(account, sandbox)


def test_no_fault_of_the_list_is_left_out():
    scopes = {"all", "token", "walk", "last", "list"}
    assert {name for name, kind in FAULTS.items() if kind.scope in scopes} <= set(STATUS)


# --- the account itself moves -------------------------------------------------------------------


def between_pages(sandbox, monkeypatch, act):
    """`act` after every page that has been asked for."""
    ask = Client.user_get

    def user_get(client, next_openid=""):
        page = ask(client, next_openid)
        act()
        return page

    monkeypatch.setattr(Client, "user_get", user_get)


def test_people_come_and_go_in_mid_walk(account, sandbox, monkeypatch):
    """Who has moved behind the walk's back is found by the next one."""
    people = sandbox.population

    def move():
        people.leave(7)
        people.join(5)
        people.come_back(2)

    with monkeypatch.context() as moving:
        between_pages(sandbox, moving, move)
        run = sync(account)
    assert run.status == "succeeded"
    assert sync(account).status == "succeeded"
    assert_exact(account, sandbox)


def test_whose_cursor_leaves_restarts_the_walk(account, sandbox, monkeypatch):
    options = replace(sandbox.simulation.options, strict_cursor=True)
    monkeypatch.setattr(sandbox.simulation.default, "options", options)
    cursors = []

    def leaves():
        if not cursors:
            cursors.append(sandbox.population.page_after(-1, 100).openids[-1])
            sandbox.population.leave(cursors)

    between_pages(sandbox, monkeypatch, leaves)
    run = sync(account)
    assert (run.status, stage_of(run).walk_number) == ("succeeded", 2)
    assert_exact(account, sandbox)


def test_tokens_that_end_in_mid_walk(account, sandbox, monkeypatch):
    between_pages(sandbox, monkeypatch, sandbox.simulation.default.tokens.revoke_all)
    assert sync(account).status == "succeeded"
    assert_exact(account, sandbox)


def test_a_quota_that_ends_in_mid_walk(account, sandbox, monkeypatch):
    """Tomorrow the walk goes on where it stopped; no call is made twice."""
    options = replace(sandbox.simulation.options, quotas={LIST: 2})
    monkeypatch.setattr(sandbox.simulation.default, "options", options)
    run = sync(account)
    assert (run.status, run.error_code, run.pages) == ("waiting", 45009, 2)
    assert_nothing_wrong(account, sandbox)
    tomorrow = sandbox.simulation.default.clock() + 24 * 3600
    monkeypatch.setattr(sandbox.simulation.default, "clock", lambda: tomorrow)
    assert engine.retry(run)
    run = drive(run)
    assert (run.status, run.pages) == ("succeeded", 3)
    assert_exact(account, sandbox)


def test_a_server_that_is_not_there(account, sandbox, monkeypatch):
    away = impatient(sandbox)(account)
    away._base_url = "http://127.0.0.1:9"
    with monkeypatch.context() as gone:
        gone.setattr(engine, "client_for", lambda _account: away)
        run = sync(account)
    assert (run.status, run.reason, run.error_code) == ("waiting", "connection", None)
    assert after_the_trouble(account, sandbox, run).status == "succeeded"
    assert_exact(account, sandbox)
