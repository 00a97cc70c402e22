"""Who is left out: one follower after the other, or by whole columns, it is the same."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from followers.changes import follower_sets
from followers.changes.change import Change
from followers.changes.eligibility import find_ineligible
from followers.changes.reasons import skip_reason_texts
from followers.models import EditRun, EditStep, EditValue, Follower, FollowerTag, Tag
from tests.factories import LONG_AGO, follow

pytestmark = pytest.mark.django_db
TEXTS = ("", "Li", "li", "x" * 31)
people = st.lists(
    st.tuples(
        st.booleans(),
        st.booleans(),
        st.sampled_from(TEXTS),
        st.sampled_from(TEXTS),
        st.sets(st.integers(0, 2)),
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def tags(account):
    made = (Tag(account=account, wechat_id=100 + n, name=f"t{n}") for n in range(3))
    return Tag.objects.bulk_create(made)


def write(account, tags, states):
    Follower.objects.all().delete()
    made = Follower.objects.bulk_create(
        Follower(
            account=account,
            openid=f"o{number}",
            subscribed=subscribed,
            blacklisted=blacklisted,
            remark=remark,
            note=note,
            first_seen_at=LONG_AGO,
            status_as_of=LONG_AGO,
        )
        for number, (subscribed, blacklisted, remark, note, _had) in enumerate(states)
    )
    FollowerTag.objects.bulk_create(
        FollowerTag(follower=person, tag=tags[number])
        for person, (*_rest, had) in zip(made, states, strict=True)
        for number in had
    )


CHANGES = [
    *product(["tag", "untag", "block", "unblock"], [""]),
    *product(["remark", "note"], TEXTS),
]


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(states=people, left_out=st.integers(0, 8))
def test_of_few_and_of_many_the_same_are_left_out(account, tags, states, left_out):
    write(account, tags, states)
    keys = list(Follower.objects.order_by("pk").values_list("pk", flat=True))
    ids = BitMap64(key for number, key in enumerate(keys) if number != left_out)
    for action, text in CHANGES:
        change = Change(action, tags[0], text=text)
        with pytest.MonkeyPatch.context() as patch:
            # So that three tags are too many.
            patch.setattr(follower_sets, "MAX_TAGS", 2)
            few = find_ineligible(account.pk, change, ids)
            patch.setattr(follower_sets, "MAX_CHECKED_ONE_BY_ONE", -1)
            assert find_ineligible(account.pk, change, ids) == few
        assert set(few) <= set(skip_reason_texts())
        assert sum(map(len, few.values())) == len(BitMap64().union(*few.values()))


def test_a_step_with_texts_of_their_own_compares_each_with_its_own(account):
    run = EditRun.objects.create(account=account, created_at=LONG_AGO)
    step = EditStep.objects.create(run=run, position=0, action="remark")
    texts = {"oA1": "Li", "oA2": "Wu", "oA3": "x" * 31}
    for openid, after in texts.items():
        EditValue.objects.create(
            step=step, follower=follow(account, openid, remark="Li"), after=after
        )
    keys = {row.openid: row.pk for row in Follower.objects.all()}
    ids = BitMap64([*keys.values(), 10**12])
    found = find_ineligible(account.pk, Change("remark"), ids, step_id=step.pk)
    assert {why: list(who) for why, who in found.items()} == {
        "same": [keys["oA1"]],
        "too_long": [keys["oA3"]],
        "gone": [10**12],
    }
