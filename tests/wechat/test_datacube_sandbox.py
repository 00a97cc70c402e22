"""WeChat's own figures, as the client reads them from the sandbox and as its people lived."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from followers.sandbox import Sandbox
from followers.wechat.client import Client
from followers.wechat.errors import BEIJING, Limited
from followers.wechat.sources import USER_SOURCE_BY_SCENE, USER_SOURCES

DAY = timedelta(days=1)
START = datetime(2026, 3, 2, 8, tzinfo=BEIJING)
YESTERDAY = date(2026, 3, 1)
FIRST = YESTERDAY - 6 * DAY
# The article's menu and account migration have no number and are others; 35 stands for none.
UNDOCUMENTED = {"ADD_SCENE_SMART_SCREEN": 35}


@pytest.fixture
def clock():
    return [START.timestamp()]


@pytest.fixture
def sandbox(clock):
    with Sandbox(2000, lives=True, clock=lambda: clock[0], token_ttl=10**8) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    with Client(sandbox.app_id, sandbox.app_secret, base_url=sandbox.url, pauses=()) as client:
        yield client


def events(sandbox):
    """Day, source and 1 for everybody who followed, -1 for everybody who left."""
    for periods in sandbox.lives().values():
        for one in periods:
            source = (USER_SOURCE_BY_SCENE | UNDOCUMENTED).get(one.source, 0)
            yield day_of(one.began), source, 1
            if one.ended is not None:
                yield day_of(one.ended), source, -1


def day_of(time):
    return datetime.fromtimestamp(time, UTC).astimezone(BEIJING).date()


def expected(sandbox, change, first=FIRST, last=YESTERDAY):
    """The number of those who followed (1) or left (-1), by day and source."""
    return Counter(
        (day, source)
        for day, source, one in events(sandbox)
        if one == change and first <= day <= last
    )


def sums(rows, name):
    """Quiet sources left out."""
    counter = Counter()
    for row in rows:
        counter[row.day, row.source] += getattr(row, name)
    return +counter


def assert_agrees(client, sandbox, first=FIRST, last=YESTERDAY):
    rows = client.user_summary(first, last)
    assert sums(rows, "joined") == expected(sandbox, 1, first, last)
    assert sums(rows, "left") == expected(sandbox, -1, first, last)
    assert [(row.day, row.total) for row in client.user_cumulate(first, last)] == [
        (day, sum(one for at, _source, one in events(sandbox) if at <= day))
        for day in (first + number * DAY for number in range((last - first).days + 1))
    ]


def test_a_past_week(client, sandbox):
    assert_agrees(client, sandbox)
    rows = client.user_summary(FIRST, YESTERDAY)
    assert len({row.day for row in rows}) == 7
    assert len({row.source for row in rows} & USER_SOURCES.keys()) > 5


def test_what_happens_later(client, sandbox, clock):
    gone = sandbox.population.leave(150)
    clock[0] += 7 * 3600
    sandbox.population.come_back(gone[:50])
    sandbox.population.join(40)
    clock[0] += 24 * 3600
    sandbox.population.leave(30)
    clock[0] += 24 * 3600
    assert_agrees(client, sandbox, YESTERDAY, YESTERDAY + 2 * DAY)
    assert client.user_cumulate(YESTERDAY + 2 * DAY, YESTERDAY + 2 * DAY)[0].total == 1910


def test_net_figures_are_the_difference_of_totals(client):
    before, after = client.user_cumulate(FIRST, FIRST + DAY)
    rows = client.user_summary(FIRST + DAY, FIRST + DAY)
    assert after.total - before.total == sum(row.joined - row.left for row in rows)


def test_split_rows_are_added_up(client, sandbox):
    sandbox.fault("statistics_rows_split")
    assert_agrees(client, sandbox)


def test_yesterday_may_be_late(client, sandbox):
    sandbox.fault("statistics_late")
    assert client.user_summary(YESTERDAY, YESTERDAY) == ()
    assert max(row.day for row in client.user_cumulate(FIRST, YESTERDAY)) == YESTERDAY - DAY


def test_yesterday_is_not_ready_before_eight(client, clock):
    clock[0] -= 1
    with pytest.raises(Limited) as caught:
        client.user_summary(YESTERDAY, YESTERDAY)
    assert (caught.value.code, caught.value.wait) == (61503, 3600)
