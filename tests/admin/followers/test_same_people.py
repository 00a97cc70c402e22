"""List, count, export, bulk change, command and segment mean the same people.

Whom they have to mean, a filter in plain Python says (tests/segments/plain.py).
"""

import csv
from contextlib import suppress
from io import StringIO
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from followers.admin.followers import paginator
from followers.models import EditStep, Follower, Segment
from followers.rows.bitmaps import unpack
from followers.runs import lease
from followers.segments import people
from followers.segments.reading import Reading
from tests.segments.plain import matching, oldest_fresh
from tests.segments.test_language import MOMENTS
from tests.segments.world import World, make_world, params_of, questions
from tests.stateful import profile

LIST = "/admin/followers/follower/"
EVERYBODY = {"index": "0", "select_across": "1", "_selected_action": "0"}
PERMISSIONS = ("view_follower", "export_follower", "note_followers", "view_segment")


@pytest.fixture
def world(db, monkeypatch) -> World:
    monkeypatch.setattr(lease, "async_task", lambda *task: None)
    monkeypatch.setattr(timezone, "now", lambda: MOMENTS[2])
    monkeypatch.setattr(people, "oldest_fresh_details", lambda: oldest_fresh(MOMENTS[2]))
    return make_world(3, MOMENTS[2])


@pytest.fixture
def client(world, make_staff):
    client = make_staff(world.mine[0], *PERMISSIONS)
    world.mine[1].members.add(int(client.session["_auth_user_id"]))
    return client


def keys_of(openids):
    return sorted(Follower.objects.filter(openid__in=openids).values_list("pk", flat=True))


def listed(client, address, most=20_000):
    """most: up to so many are found and sorted, more are read in the order of indexes."""
    with patch.object(paginator, "FEW", most):
        found = client.get(f"{address}&size=200").context["cl"]
    assert found.result_count == len(found.result_list)
    if not found.problems and (by_indexes := Reading(found.asked).intersected()) is not None:
        # How they are found where the database misjudges two filters (PostgreSQL).
        kept = by_indexes.order_by().values_list("pk", flat=True)
        assert sorted(kept) == sorted(row.pk for row in found.result_list)
    if not found.problems and (among_few := Reading(found.asked).among_few()) is not None:
        kept = among_few.order_by().values_list("pk", flat=True)
        assert sorted(kept) == sorted(row.pk for row in found.result_list)
    newest_first = sorted(found.result_list, key=lambda it: (it.followed_at, it.pk), reverse=True)
    assert found.result_list == newest_first
    return sorted(row.pk for row in found.result_list)


def exported(client, address):
    answer = client.post(address, {**EVERYBODY, "action": "export_csv"})
    if not answer.streaming:
        return []
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return keys_of(row[1] for row in list(csv.reader(StringIO(text)))[1:])


def changed(client, address):
    """Whom a bulk change is for: of one account, because changes belong to one."""
    form = {**EVERYBODY, "action": "edit_note", "step": "start", "text": "Hello"}
    EditStep.objects.all().delete()
    client.post(address, form)
    return sorted(pk for step in EditStep.objects.all() for pk in unpack(step.targets))


def commanded(account, params):
    out = StringIO()
    with suppress(CommandError):
        call_command("export_followers", account.app_id, query=urlencode(params, True), stdout=out)
    rows = list(csv.reader(StringIO(out.getvalue().removeprefix("\ufeff"))))[1:]
    return keys_of(row[1] for row in rows)


@profile(40, steps=1)
@given(asked=questions(), repeat=st.booleans())
def test_all_ways_lead_to_the_same_people(world, client, asked, repeat):
    params = params_of(asked, world, repeat=repeat)
    expected = matching(world, params)
    address = f"{LIST}?{urlencode(params, True)}"
    assert listed(client, address) == listed(client, address, 0) == expected
    count = client.get(f"{LIST}count/?{urlencode(params, True)}").json()
    assert count["count"] == len(expected)
    assert exported(client, address) == expected
    account = asked.get("account__id__exact")
    if account not in (0, 1):
        return
    assert changed(client, address) == expected
    own = world.mine[account]
    if "elsewhere" not in asked:
        # The command knows the accounts of everybody.
        assert commanded(own, params) == expected
    query = {name: values for name, values in params.items() if name != "account__id__exact"}
    segment = Segment.objects.create(
        account=own, name=f"{Segment.objects.count()}", query=urlencode(query, True)
    )
    assert listed(client, f"{LIST}?segment={segment.pk}") == expected
    assert exported(client, f"{LIST}?segment={segment.pk}") == expected
