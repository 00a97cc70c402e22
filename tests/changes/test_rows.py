"""What a change reads and writes of our rows."""

import pytest
from pyroaring import BitMap64

from followers.changes import rows
from followers.models import EditRun, EditStep, EditValue, Follower, Tag
from followers.rows import followers, memberships
from tests.factories import LONG_AGO, follow, make_unsubscribed


@pytest.fixture
def vip(account):
    return Tag.objects.create(account=account, wechat_id=100, name="VIP")


@pytest.fixture
def step(account):
    run = EditRun.objects.create(account=account, created_at=LONG_AGO)
    return EditStep.objects.create(run=run, position=0, action="remark")


def keys(people):
    return BitMap64(person.pk for person in people)


def test_the_state_of_followers(account, three, vip, step):
    gone = make_unsubscribed(account, "oGone", blacklisted=True)
    old = Tag.objects.create(account=account, wechat_id=101, name="Old")
    three[0].tags.add(vip, old)
    EditValue.objects.create(step=step, follower=gone, after="")
    found = {
        it.id: tuple(it)[1:] for it in rows.load_states([three[0].pk, gone.pk], vip.pk, step.pk)
    }
    assert found == {
        three[0].pk: (True, False, "Li", "old", True, 2, None),
        gone.pk: (False, True, "", "", False, 0, ""),
    }


def test_sets_of_an_account(account, three):
    gone, bad = (
        make_unsubscribed(account, "oGone"),
        follow(account, "oBad", blacklisted=True, remark="Li"),
    )
    assert rows.left_ids(account.pk) == keys([gone])
    assert followers.blacklisted_ids(account.pk) == keys([bad])
    assert rows.follower_ids(account.pk) == keys([*three, gone, bad])
    few = keys([three[0], gone])
    assert rows.left_ids(account.pk, few) == keys([gone])
    assert rows.ids_with_text(account.pk, "remark", "Li") == keys([*three, bad])
    assert rows.ids_with_text(account.pk, "remark", "Li", few) == keys(three[:1])
    assert rows.ids_with_any_text(account.pk, "remark", few) == keys(three[:1])


@pytest.mark.parametrize("one_by_one", [True, False])
def test_followers_by_their_number_of_tags(account, three, one_by_one):
    tags = [Tag(account=account, wechat_id=100 + n, name=f"t{n}") for n in range(4)]
    tags = Tag.objects.bulk_create(tags)
    for person, number in zip(three, (4, 2, 3), strict=True):
        person.tags.add(*tags[:number])
    found = rows.ids_by_tag_count(keys(three[::2]), 3, one_by_one=one_by_one)
    assert found == {4: keys(three[:1]), 3: keys(three[2:])}
    assert memberships.tagged_ids(tags[2].pk) == keys(three[::2])
    assert memberships.tagged_ids(tags[2].pk, keys(three[:2])) == keys(three[:1])


@pytest.mark.parametrize("column", ["remark", "note"])
def test_texts_are_written_and_those_before_are_kept(three, step, column):
    EditValue.objects.create(step=step, follower=three[0], after="own")
    rows.write_texts(column, step.pk, "all", keys(three[:2]))
    texts = Follower.objects.order_by("pk").values_list(column, flat=True)
    former = getattr(three[0], column)
    assert list(texts) == ["own", "all", former]
    assert set(step.values.values_list("before", "after")) == {(former, "own"), (former, "all")}
    assert rows.texts_unchanged_since(column, [step.pk]) == {
        step.pk: dict.fromkeys(keys(three[:2]), former)
    }
    Follower.objects.filter(pk=three[0].pk).update(**{column: "other"})
    assert rows.texts_unchanged_since(column, [step.pk]) == {step.pk: {three[1].pk: former}}


def test_texts_are_kept_as_they_are(three, step):
    texts = ["", 'a "quoted" \\ line\nand another', "老\U0001f600{}[1]"]
    rows.insert_texts(step.pk, zip(keys(three), texts, strict=True))
    assert list(step.values.order_by("follower").values_list("after", flat=True)) == texts
    assert list(step.values.values_list("before", flat=True)) == [None] * 3
