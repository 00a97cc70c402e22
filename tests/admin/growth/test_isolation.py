"""Whatever becomes of another account, a member of these sees the same pages and files."""

import io
import re
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from openpyxl import load_workbook

from followers.admin.growth.views import FIGURES, PAGES
from followers.models import (
    Channel,
    DayNote,
    Follower,
    OfficialAccount,
    WeChatDay,
    WeChatFigures,
)
from followers.statistics import overlap

SECRET = "秘密"
APRIL = {"from": "2024-04-01", "to": "2024-04-30"}
PERIODS = ({**APRIL, "compare": "before"}, {"period": "365d"})


@pytest.fixture
def own(counted, make_counted):
    """Two accounts, with people who follow both."""
    other = OfficialAccount.objects.create(name="分店", app_id="wx0000000000000003")
    make_counted(other, 100, seed=5)
    for account in (counted, other):
        share_unionids(account)
        note(account, "群发")
        wechat_told(account, 4)
    return [counted, other]


@pytest.fixture
def member(staff, own):
    own[1].members.add(User.objects.get())
    return staff


@pytest.fixture(autouse=True)
def overlap_clock(monkeypatch):
    monkeypatch.setattr(overlap, "db_now", lambda: datetime(2024, 4, 30, 19, tzinfo=UTC))


def share_unionids(account):
    followers = list(Follower.objects.filter(account=account)[:40])
    for number, follower in enumerate(followers):
        follower.unionid = f"u{number}"
    Follower.objects.bulk_update(followers, ["unionid"])


def note(account, text):
    DayNote.objects.create(account=account, day=date(2024, 4, 12), text=text)


def wechat_told(account, joined):
    day, asked_at = date(2024, 4, 12), datetime(2024, 4, 30, tzinfo=UTC)
    WeChatDay.objects.create(account=account, day=day, total=9, asked_at=asked_at)
    WeChatFigures.objects.create(account=account, day=day, source=1, joined=joined, left=0)


def live(account, make_counted):
    """Followers, figures, channels, notes, WeChat's figures and an overlap, all of it secret."""
    make_counted(account, 250, seed=8)
    Channel.objects.filter(account=account).update(name=SECRET, group=SECRET)
    Channel.objects.create(account=account, scene="store", name=SECRET)
    share_unionids(account)
    note(account, SECRET)
    wechat_told(account, 77)
    OfficialAccount.objects.filter(pk=account.pk).update(name=SECRET, app_secret="")
    overlap.count_overlap()


def pages_of(client, accounts):
    """The text of every page, by what was asked for."""
    chosen = [{}, {"account__id__exact": ""}]
    chosen += [{"account__id__exact": str(it)} for it in accounts]
    queries = [{**period, **account} for period in PERIODS for account in chosen]
    addresses = [reverse(name) for name in ("admin:index", *PAGES)]
    return {
        (address, *query.items()): without_tokens(client.get(address, query).text)
        for address in addresses
        for query in queries
    }


def without_tokens(text):
    return re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken|nonce)\W+[\w-]+', "", text)


def files_of(client, accounts):
    chosen = ["", *map(str, accounts)]
    queries = [{**period, "account__id__exact": it} for period in PERIODS for it in chosen]
    found = {}
    for key in FIGURES:
        for query in queries:
            text = client.get(reverse("figures_file", args=[key, "csv"]), query).getvalue()
            book = client.get(reverse("figures_file", args=[key, "xlsx"]), query).getvalue()
            rows = load_workbook(io.BytesIO(book)).active.values
            found[key, *query.items()] = (text.decode(), list(rows))
    return found


@pytest.mark.parametrize("read", [pages_of, files_of])
def test_another_account_changes_nothing(member, own, foreign, make_counted, read):
    overlap.count_overlap()
    keys = [account.pk for account in own]
    before = read(member, keys)
    live(foreign, make_counted)
    after = read(member, keys)
    for asked, content in before.items():
        assert after[asked] == content, asked
        assert SECRET not in str(content)


def test_an_address_with_another_account_says_nothing_of_it(member, own, foreign, make_counted):
    asked = [foreign.pk]
    overlap.count_overlap()
    before = pages_of(member, asked)
    live(foreign, make_counted)
    assert pages_of(member, asked) == before
    query = {**APRIL, "account__id__exact": str(foreign.pk)}
    for key in FIGURES:
        for kind in ("csv", "xlsx"):
            address = reverse("figures_file", args=[key, kind])
            assert member.get(address, query).status_code == 302


def test_the_own_accounts_do_change_them(member, own, foreign, make_counted):
    """What is compared above does tell."""
    before = pages_of(member, [own[0].pk])
    foreign.members.add(User.objects.get())
    live(foreign, make_counted)
    after = pages_of(member, [own[0].pk])
    of_all = [asked for asked in before if ("account__id__exact", str(own[0].pk)) not in asked]
    assert all(after[asked] != before[asked] for asked in of_all)
