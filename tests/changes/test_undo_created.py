"""An undo deletes the tags that the change has created, unless somebody else uses them."""

from dataclasses import replace

import pytest
from django.utils.translation import override

from followers.changes.change import Action, Change, ChangeRefused
from followers.changes.record import PlannedStep, record_steps
from followers.changes.undo import UndoPreview, count_undoable, preview_undo, retry_failed, undo
from followers.models import EPOCH, EditChunk, EditRun, Follower, Tag
from followers.runs import engine

from ..sync.truth import TAGS, run_of, tags_here, tags_there
from .driver import UNTAGGING, change, drive, having, make_tag, numbers, openids, people, reasons
from .test_follower_stage import meanwhile

CREATE = "/cgi-bin/tags/create"
DELETE = "/cgi-bin/tags/delete"


@pytest.fixture
def crowd(account, small):
    """Row ids of those who can be tagged."""
    found = people(account).filter(blacklisted=False).order_by("pk")
    return list(found.values_list("pk", flat=True))


def file(account, **tags):
    """As an import does it: whom to give which new tag."""
    steps = [PlannedStep(Change(Action.CREATE_TAG, name=name)) for name in tags]
    steps += [PlannedStep(Change(Action.TAG, name=name), who) for name, who in tags.items()]
    return drive(record_steps(account, steps, user=None, selection="file", import_fingerprint="f"))


def some(*ids):
    return Follower.objects.filter(pk__in=ids)


def named(name):
    return Tag.objects.get(name=name)


def tag_there(small, tag, row):
    """Somebody gives it in WeChat's own console, which we do not know yet."""
    small.account.console.change(some(row).get().openid, tags=[tag.wechat_id])


def killed(small, point, path):
    """The worker dies before this call, or once it is answered."""

    def dies(called, *_cursor):
        if called == path:
            setattr(small, point, lambda *_call: None)
            raise KeyboardInterrupt

    setattr(small, point, dies)


def test_created_tags_go_with_their_followers(account, small, crowd):
    run = file(account, 新客=crowd[:3], VIP=crowd[1:4])
    assert (numbers(run), count_undoable(run)) == ((8, 0, 0), 8)
    assert preview_undo(run) == UndoPreview(changes=6, deleted_tags=("VIP", "新客"))
    undone = undo(run, None)
    what = [(step.action, step.name) for step in undone.steps.all()]
    assert what == [
        ("untag", "VIP"),
        ("untag", "新客"),
        ("delete_tag", "VIP"),
        ("delete_tag", "新客"),
    ]
    assert (numbers(drive(undone)), undone.status) == ((8, 0, 0), "succeeded")
    assert not Tag.objects.filter(name__in=["新客", "VIP"]).exists()
    assert tags_here(account) == tags_there(small)
    # Nothing is left to undo, and a tag that is deleted is not created once more.
    for ended in (run, undone):
        assert preview_undo(ended) == UndoPreview()
        with pytest.raises(ChangeRefused):
            undo(ended, None)


def test_a_change_that_only_created_a_tag_is_undone(account, small):
    run = drive(change(account, None, "create_tag", name="VIP"))
    assert preview_undo(run) == UndoPreview(deleted_tags=("VIP",))
    assert numbers(drive(undo(run, None))) == (1, 0, 0)
    assert (tags_here(account), count_undoable(run)) == (tags_there(small), 0)


def test_an_undo_that_deleted_a_tag_is_undone_as_far_as_it_can_be(account, small, crowd):
    steps = [
        PlannedStep(Change(Action.CREATE_TAG, name="VIP")),
        PlannedStep(Change(Action.TAG, name="VIP"), crowd[:2]),
        PlannedStep(Change(Action.REMARK), texts={crowd[0]: "Li"}),
    ]
    undone = drive(undo(drive(record_steps(account, steps, user=None, selection="")), None))
    assert preview_undo(undone) == UndoPreview(changes=1)
    assert numbers(drive(undo(undone, None))) == (1, 0, 0)
    assert some(crowd[0]).get().remark == "Li"
    assert not Tag.objects.filter(name="VIP").exists()


# --- others use it --------------------------------------------------------------------------------


def by_another_change(account, small, row):
    drive(change(account, some(row), "tag", tag=named("VIP")))


def at_wechat_and_synced(account, small, row):
    tag_there(small, named("VIP"), row)
    assert run_of(account, "tags").status == "succeeded"


def by_a_change_that_waits(account, small, row):
    waiting = change(account, some(row), "tag", tag=named("VIP"))
    EditRun.objects.filter(pk=waiting.pk).update(status="waiting")


USES = (by_another_change, at_wechat_and_synced, by_a_change_that_waits)


@pytest.mark.parametrize("use", USES)
def test_a_tag_that_others_use_stays(account, small, crowd, use):
    run = file(account, VIP=crowd[:2], 新客=crowd[:1])
    use(account, small, crowd[5])
    assert preview_undo(run) == UndoPreview(changes=3, deleted_tags=("新客",), kept_tags=("VIP",))
    undone = drive(undo(run, None))
    assert (numbers(undone), reasons(undone)) == ((4, 0, 0), {})
    assert not having(small, named("VIP")) & openids(some(*crowd[:2]))
    assert not Tag.objects.filter(name="新客").exists()


def test_a_tag_given_once_more_by_others_stays(account, small, crowd):
    """Whoever lost it and got it back has it from somebody else."""
    run = file(account, VIP=crowd[:2])
    drive(change(account, some(crowd[0]), "untag", tag=named("VIP")))
    by_another_change(account, small, crowd[0])
    assert preview_undo(run) == UndoPreview(changes=1, kept_tags=("VIP",))
    assert numbers(drive(undo(run, None))) == (1, 0, 0)
    assert having(small, named("VIP")) == openids(some(crowd[0]))


def at_wechat(account, small, row):
    tag_there(small, named("VIP"), row)


@pytest.mark.parametrize("use", [at_wechat, *USES])
def test_a_tag_that_others_use_by_its_turn_stays(account, small, crowd, use):
    run = file(account, VIP=crowd[:2])
    undone = undo(run, None)
    assert undone.selected == 3
    if use is by_another_change:
        # Asked for later, it would come later; whoever waits is overtaken.
        EditRun.objects.filter(pk=undone.pk).update(status="waiting")
    use(account, small, crowd[5])
    EditRun.objects.filter(pk=undone.pk).update(status="queued")
    drive(undone)
    assert (undone.status, numbers(undone)) == ("succeeded", (2, 1, 0))
    assert reasons(undone) == {"tag_in_use": 1}
    assert small.calls[DELETE] == 0
    assert named("VIP").wechat_id in tags_there(small)
    with override("en"), pytest.raises(ChangeRefused, match="nothing left to do again"):
        retry_failed(undone, None)


def test_whoever_left_keeps_no_tag_alive(account, small, crowd):
    run = file(account, VIP=crowd[:2])
    small.people.leave([some(crowd[0]).get().openid])
    assert run_of(account, "listing", "tags").status == "succeeded"
    undone = drive(undo(run, None))
    assert reasons(undone).keys() <= {"left"}
    assert not Tag.objects.filter(name="VIP").exists()
    assert tags_here(account) == tags_there(small)


# --- changed, or gone -----------------------------------------------------------------------------


def renamed(account, small):
    drive(change(account, None, "rename_tag", tag=named("VIP"), name="金牌"))


def renamed_and_back(account, small):
    renamed(account, small)
    drive(change(account, None, "rename_tag", tag=named("金牌"), name="VIP"))


def renamed_at_wechat(account, small):
    small.account.console.rename_tag(named("VIP").wechat_id, "金牌")


def deleted(account, small):
    drive(change(account, None, "delete_tag", tag=named("VIP")))


def deleted_at_wechat(account, small):
    small.account.console.delete_tag(named("VIP").wechat_id)


def deleted_and_created_again(account, small):
    deleted(account, small)
    make_tag(account, "VIP")


HERE = (renamed, renamed_and_back, deleted, deleted_and_created_again)


@pytest.mark.parametrize("act", HERE)
def test_a_tag_that_was_renamed_or_deleted_since_is_left_alone(account, small, act):
    run = file(account, VIP=[])
    act(account, small)
    calls = small.calls[DELETE]
    assert preview_undo(run) == UndoPreview()
    with pytest.raises(ChangeRefused):
        undo(run, None)
    assert small.calls[DELETE] == calls


@pytest.mark.parametrize("act", [*HERE, renamed_at_wechat, deleted_at_wechat])
def test_a_tag_that_is_renamed_or_deleted_by_its_turn_is_skipped(account, small, crowd, act):
    run = file(account, VIP=crowd[:2])
    undone = undo(run, None)
    EditRun.objects.filter(pk=undone.pk).update(status="waiting")
    act(account, small)
    calls = small.calls[DELETE]
    EditRun.objects.filter(pk=undone.pk).update(status="queued")
    drive(undone)
    assert (undone.status, undone.failed) == ("succeeded", 0)
    if act in (renamed, renamed_and_back, renamed_at_wechat):
        assert reasons(undone) == {"tag_renamed": 1}
    else:
        assert reasons(undone) == {"tag_gone": 3}
    assert small.calls[DELETE] == calls
    assert run_of(account, "tags").status == "succeeded"
    assert tags_here(account) == tags_there(small)


def test_asked_for_twice_the_second_undo_finds_nothing_to_do(account, small, crowd):
    run = file(account, VIP=crowd[:2])
    first, second = undo(run, None), undo(run, None)
    assert numbers(drive(first)) == (3, 0, 0)
    assert (numbers(drive(second)), second.status) == ((0, 3, 0), "succeeded")
    assert reasons(second) == {"tag_gone": 3}


# --- not created ----------------------------------------------------------------------------------


def test_a_tag_of_the_name_that_was_there_already_stays(account, small, crowd):
    small.account.console.create_tag("VIP")
    run = file(account, VIP=crowd[:2])
    assert preview_undo(run) == UndoPreview(changes=2)
    assert numbers(drive(undo(run, None))) == (2, 0, 0)
    assert having(small, named("VIP")) == set()


def test_a_tag_whose_creation_was_never_confirmed_stays(account, small):
    """Nobody can tell it from somebody else's of that name."""
    run = change(account, None, "create_tag", name="VIP")
    killed(small, "after", CREATE)
    with pytest.raises(KeyboardInterrupt):
        engine.advance(EditRun, run.pk, run.ticket)
    EditRun.objects.filter(pk=run.pk).update(lease_until=EPOCH)
    assert numbers(drive(run)) == (1, 0, 0)
    assert (small.calls[CREATE], count_undoable(run)) == (2, 0)


def test_of_earlier_releases_nobody_knows_whether_they_created_a_tag(account, small):
    run = drive(change(account, None, "create_tag", name="VIP"))
    EditChunk.objects.filter(step__run=run).update(reason="")
    assert preview_undo(run) == UndoPreview()


# --- trouble --------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_kill_around_the_deletion_repeats_harmlessly(account, small, crowd, point):
    undone = undo(file(account, VIP=crowd[:2]), None)
    killed(small, point, DELETE)
    with pytest.raises(KeyboardInterrupt):
        drive(undone)
    EditRun.objects.filter(pk=undone.pk).update(lease_until=EPOCH)
    assert (numbers(drive(undone)), undone.status) == ((3, 0, 0), "succeeded")
    # Once it is gone nobody asks for it again.
    assert small.calls[DELETE] == (1 if point == "after" else 2)
    assert tags_here(account) == tags_there(small)


def test_after_a_kill_a_tag_that_is_used_by_then_stays(account, small, crowd):
    undone = undo(file(account, VIP=crowd[:2]), None)
    killed(small, "before", DELETE)
    with pytest.raises(KeyboardInterrupt):
        drive(undone)
    at_wechat(account, small, crowd[5])
    EditRun.objects.filter(pk=undone.pk).update(lease_until=EPOCH)
    assert (numbers(drive(undone)), reasons(undone)) == ((2, 1, 0), {"tag_in_use": 1})
    assert small.calls[DELETE] == 1


def test_a_tag_goes_once_those_who_failed_are_untagged_too(account, small, crowd):
    run = file(account, VIP=crowd[:2])
    small.fault("40003", path=UNTAGGING, count=2)
    undone = drive(undo(run, None))
    assert (numbers(undone), reasons(undone)) == ((1, 1, 1), {"40003": 1, "tag_in_use": 1})
    rest = drive(retry_failed(undone, None))
    assert (numbers(rest), rest.undo_of) == ((2, 0, 0), run)
    assert tags_here(account) == tags_there(small)
    assert not Tag.objects.filter(name="VIP").exists()


def test_whom_the_deletion_itself_untagged_are_not_tried_again(account, small, crowd):
    run = file(account, VIP=crowd[:2])
    gone = some(crowd[0]).get().openid
    small.people.leave([gone])
    undone = drive(undo(run, None))
    assert (numbers(undone), reasons(undone)) == ((2, 0, 1), {"40003": 1})
    with pytest.raises(ChangeRefused):
        retry_failed(undone, None)


@pytest.mark.parametrize("used", [False, True])
def test_what_an_undo_did_not_come_to_is_looked_at_again_as_well(account, small, crowd, used):
    undone = undo(file(account, VIP=crowd[:2]), None)
    while undone.done < 2:
        engine.advance(EditRun, undone.pk, undone.ticket)
        undone.refresh_from_db()
    engine.cancel(undone)
    undone.refresh_from_db()
    if used:
        at_wechat(account, small, crowd[5])
    rest = drive(retry_failed(undone, None))
    assert numbers(rest) == ((0, 1, 0) if used else (1, 0, 0))
    assert (named("VIP") if used else None) == Tag.objects.filter(name="VIP").first()


def test_what_wechat_refused_to_delete_is_tried_again_under_the_same_condition(
    account, small, crowd
):
    undone = undo(file(account, VIP=[]), None)
    usual, small.account.options = (
        small.account.options,
        replace(small.account.options, delete_limit=-1),
    )
    assert (numbers(drive(undone)), undone.status) == ((0, 0, 1), "failed")
    small.account.options = usual
    rest = retry_failed(undone, None)
    at_wechat(account, small, crowd[5])
    assert reasons(drive(rest)) == {"tag_in_use": 1}


def test_a_list_of_tags_that_was_asked_for_before_brings_no_deleted_tag_back(account, small, crowd):
    run = file(account, VIP=crowd[:2])
    meanwhile(small, TAGS, lambda: drive(undo(run, None)))
    assert run_of(account, "tags").status == "succeeded"
    assert tags_here(account) == tags_there(small)
    assert not Tag.objects.filter(name="VIP").exists()
