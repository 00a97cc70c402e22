"""Several tags in one change: what is foretold of them, and what the run and its undo do."""

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from followers.changes import follower_sets
from followers.changes.change import Action, Change, ChangeRefused
from followers.changes.eligibility import find_ineligible
from followers.changes.record import record_steps
from followers.changes.tag_changes import TagChanges, make_tags_plan
from followers.changes.undo import preview_undo, undo
from followers.models import EditRun, Follower, FollowerTag, OfficialAccount, Tag
from followers.rows import memberships
from tests.factories import LONG_AGO, follow, make_unsubscribed

from ..sync.truth import tags_here, tags_there
from .driver import drive, having, make_tag, numbers, openids, people

pytestmark = pytest.mark.django_db
NUMBER = 5
states = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sets(st.integers(0, NUMBER - 1))),
    min_size=1,
    max_size=8,
)
choices = st.tuples(
    st.lists(st.sampled_from(["add", "remove", ""]), min_size=NUMBER, max_size=NUMBER),
    st.booleans(),
).filter(lambda chosen: any(chosen[0]) or chosen[1])


@pytest.fixture
def tags(account):
    made = (Tag(account=account, wechat_id=100 + n, name=f"t{n}") for n in range(NUMBER))
    return Tag.objects.bulk_create(made)


def write(account, tags, states):
    Follower.objects.all().delete()
    Tag.objects.filter(name="new").delete()
    for number, (gone, blocked, had) in enumerate(states):
        values = {"first_seen_at": LONG_AGO, "status_as_of": LONG_AGO, "blacklisted": blocked}
        follower = Follower.objects.create(
            account=account, openid=f"o{number}", subscribed=not gone, **values
        )
        follower.tags.add(*(tags[which] for which in had))


def wanted_of(tags, chosen, new):
    added = tuple(tag for tag, what in zip(tags, chosen, strict=True) if what == "add")
    removed = tuple(tag for tag, what in zip(tags, chosen, strict=True) if what == "remove")
    return TagChanges(added, removed, "new" if new else "")


def done_one_by_one(account, run, wanted, ids):
    """What each step finds when its turn comes, and whom any of them has changed."""
    new = Tag.objects.create(account=account, wechat_id=999, name="new") if wanted.created else None
    steps, changed = [], BitMap64()
    for change in wanted.of_followers:
        tag = change.tag or new
        skipped = find_ineligible(account.pk, Change(change.action, tag), ids)
        rest = ids.difference(*skipped.values())
        if change.action == Action.TAG:
            memberships.add_tag(tag.pk, rest, run.pk)
        else:
            memberships.remove_tag(tag.pk, rest)
        changed |= rest
        steps.append((len(rest), {reason: len(who) for reason, who in skipped.items()}))
    return steps, changed


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(states=states, chosen=choices, most=st.integers(2, 4), few=st.booleans())
def test_what_is_foretold_is_what_each_step_finds(account, tags, states, chosen, most, few):
    write(account, tags, states)
    run = EditRun.objects.create(account=account, created_at=LONG_AGO)
    wanted = wanted_of(tags, *chosen)
    # More at once are refused.
    assume(wanted.additions <= most)
    everybody = Follower.objects.filter(account=account)
    ids = BitMap64(everybody.values_list("pk", flat=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follower_sets, "MAX_TAGS", most)
        with pytest.MonkeyPatch.context() as limit:
            if not few:
                limit.setattr(follower_sets, "MAX_CHECKED_ONE_BY_ONE", -1)
            plan = make_tags_plan(account, everybody, wanted)
        steps, changed = done_one_by_one(account, run, wanted, ids)
    assert [(step.will_change, step.skipped) for step in plan.steps] == steps
    assert plan.overall.will_change == len(changed)
    assert sum(plan.overall.skipped.values()) == len(ids) - len(changed)


@pytest.mark.parametrize("number", [3, 30])
def test_planning_costs_the_same_queries_for_few_and_for_many(
    account, tags, number, django_assert_max_num_queries
):
    for each in range(number):
        follow(account, f"o{each}").tags.add(tags[each % NUMBER])
    wanted = TagChanges(tuple(tags[:3]), tuple(tags[3:]))
    with django_assert_max_num_queries(14):
        make_tags_plan(account, Follower.objects.filter(account=account), wanted)


def test_a_follower_whom_several_reasons_leave_out_is_counted_once(account, tags):
    gone = make_unsubscribed(account, "gone")
    bad, has = follow(account, "bad", blacklisted=True), follow(account, "has")
    for person in (gone, has):
        person.tags.add(tags[0])
    everybody = Follower.objects.filter(pk__in=[gone.pk, bad.pk, has.pk])
    found = make_tags_plan(account, everybody, TagChanges((tags[0],), (tags[1],)))
    assert found.overall.skipped == {"left": 1, "blacklisted": 1, "as_wanted": 1}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (lambda tags: TagChanges(), "at least one tag"),
        (lambda tags: TagChanges((tags[0],), (tags[0],)), "one of both: t0"),
        (lambda tags: TagChanges(tuple(tags[:1]) * 20, (), "new"), "You add 21 tags"),
        (lambda tags: TagChanges(created="x" * 31), "31 bytes"),
        (lambda tags: TagChanges(created="t1"), "a tag of this name already"),
    ],
)
def test_what_wechat_would_refuse_for_everybody_is_refused(account, tags, wanted, words):
    with override("en"), pytest.raises(ChangeRefused, match=words):
        wanted(tags).check(account)


def test_a_new_tag_needs_room_among_a_hundred(account, tags):
    more = (Tag(account=account, wechat_id=200 + n, name=f"m{n}") for n in range(100 - NUMBER))
    Tag.objects.bulk_create(more)
    with override("en"), pytest.raises(ChangeRefused, match="100 tags"):
        TagChanges(created="new").check(account)


def test_a_tag_of_another_account_is_refused(account, tags):
    foreign = OfficialAccount.objects.create(name="Foreign", app_id="wx0000000000000009")
    alien = Tag.objects.create(account=foreign, wechat_id=101, name="alien")
    with override("en"), pytest.raises(ChangeRefused, match="another account"):
        TagChanges((tags[0], alien)).check(account)


# --- the run --------------------------------------------------------------------------------------


@pytest.fixture
def crowd(account, small):
    found = people(account).filter(blacklisted=False).order_by("pk")
    return BitMap64(found.values_list("pk", flat=True))


def change_tags(account, wanted, ids):
    wanted.check(account)
    return record_steps(account, wanted.steps(ids), user=None, selection="some")


def test_one_run_creates_adds_and_removes_and_its_undo_takes_all_of_it_back(account, small, crowd):
    old, other = make_tag(account, "old"), make_tag(account, "other")
    drive(change_tags(account, TagChanges((old,)), crowd))
    before = FollowerTag.objects.count()
    run = drive(change_tags(account, TagChanges((other,), (old,), "new"), crowd))
    assert numbers(run) == (1 + 3 * len(crowd), 0, 0)
    actions = [step.action for step in run.steps.all()]
    assert actions == ["create_tag", "untag", "tag", "tag"]
    everybody = openids(people(account).filter(pk__in=list(crowd)))
    new = Tag.objects.get(account=account, name="new")
    assert having(small, new) == having(small, other) == everybody
    assert having(small, old) == set()
    assert preview_undo(run).deleted_tags == ("new",)
    drive(undo(run, None))
    assert having(small, old) == everybody
    assert having(small, other) == set()
    assert FollowerTag.objects.count() == before
    assert not Tag.objects.filter(name="new").exists()
    assert tags_here(account) == tags_there(small)


def test_tags_of_those_who_left_are_left_alone(account, small, crowd):
    """What is known of them last stays, and nothing is sent."""
    vip, other = make_tag(account, "vip"), make_tag(account, "other")
    gone = Follower.objects.get(pk=crowd[0])
    gone.tags.add(vip)
    Follower.objects.filter(pk=gone.pk).update(subscribed=False)
    run = drive(change_tags(account, TagChanges((other,), (vip,)), BitMap64([gone.pk])))
    assert numbers(run) == (0, 2, 0)
    assert list(gone.tags.all()) == [vip]
    assert having(small, other) == set()
