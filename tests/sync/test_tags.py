"""The stage `tags`: what a walk through each tag's list does to the memberships, and what not."""

from math import ceil

import pytest

from followers.models import Follower, FollowerTag, Tag
from followers.runs import engine
from followers.runs.messages import describe
from followers.sync.state import TagsState

from .driver import FakeWeChat, drive, step
from .truth import TAGGED, TAGS, assert_members, biggest, notes, run_of, stage, start, tags_here

SIZE = 20


@pytest.fixture
def wechat(account, connect, queue, settings):
    """200 followers who are known, with three tags of a fifth each, in pages of 20."""
    wechat = connect(FakeWeChat(200, page_size=SIZE, tags=3, tag_percent=20))
    settings.SYNC_SLICE_SECONDS = 60
    run_of(account, "listing")
    wechat.calls.clear()
    return wechat


@pytest.fixture
def synced(account, wechat):
    run_of(account, "tags", "blacklist")
    wechat.calls.clear()
    return wechat


def console(wechat):
    return wechat.account.console


def test_calls_are_the_pages_of_each_tag_and_one_that_finds_its_end(account, wechat):
    run_of(account, "tags", "blacklist")
    assert_members(account, wechat)
    sizes = [len(people) for _name, people in tags_here(account).values()]
    assert wechat.calls[TAGS] == 1
    assert wechat.calls[TAGGED] == sum(ceil(size / SIZE) + 1 for size in sizes)


def test_the_stage_counts_memberships(account, wechat):
    row = stage(run_of(account, "tags"), "tags")
    assert row.done == row.total == FollowerTag.objects.count()
    assert TagsState.load(row).added == row.total


def test_renamed_created_and_deleted_tags(account, synced):
    first, second = list(synced.account.records.tags)[1:3]
    pk = Tag.objects.get(wechat_id=first).pk
    console(synced).rename_tag(first, "南京西路店")
    console(synced).delete_tag(second)
    new = console(synced).create_tag("新客")
    for openid in sorted(synced.followers())[:5]:
        console(synced).change(openid, tags=[new])
    assert run_of(account, "tags").status == "succeeded"
    assert_members(account, synced)
    assert (Tag.objects.get(pk=pk).name, Tag.objects.get(wechat_id=new).follower_count) == (
        "南京西路店",
        5,
    )


def test_a_tag_without_its_last_follower(account, synced):
    number = biggest(synced)
    for openid in tags_here(account)[number][1]:
        console(synced).change(openid, tags=[])
    run_of(account, "tags")
    assert_members(account, synced)
    assert Tag.objects.get(wechat_id=number).follower_count == 0


def test_large_differences_go_in_pieces(account, synced, monkeypatch, settings):
    monkeypatch.setattr("followers.sync.members.CHUNK_ROWS", 7)
    settings.SYNC_SLICE_SECONDS = 0
    console(synced).delete_tag(biggest(synced))
    run_of(account, "tags")
    assert_members(account, synced)


def test_all_tags_gone_at_once_is_asked_twice(account, synced):
    synced.distort = emptied
    assert run_of(account, "tags").status == "succeeded"
    assert (Tag.objects.count(), synced.calls[TAGS]) == (0, 2)


def test_one_empty_answer_deletes_no_tag(account, synced):
    def once(path, body, reply):
        if path == TAGS:
            synced.distort = lambda path, body, reply: reply
        return emptied(path, body, reply)

    synced.distort = once
    run_of(account, "tags")
    assert_members(account, synced)


def emptied(path, _body, reply):
    if path == TAGS:
        reply.payload = {"tags": []}
    return reply


def test_who_is_not_known_here_is_left_to_the_next_sync(account, synced):
    new = synced.people.join(4)
    number = biggest(synced)
    for openid in new:
        console(synced).change(openid, tags=[number])
    assert run_of(account, "tags").status == "succeeded"
    assert not Follower.objects.filter(openid__in=new).exists()
    run_of(account, "listing", "tags", "blacklist")
    assert_members(account, synced)


def test_tags_of_nobody_known(account, connect, queue, settings):
    """Tags alone, before any list of followers was read: nobody to tag, and no loop."""
    settings.SYNC_SLICE_SECONDS = 60
    connect(FakeWeChat(200, page_size=5, tag_percent=20, tags=2))
    run = run_of(account, "tags")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert not FollowerTag.objects.exists()


# --- lists that cannot be believed --------------------------------------------------------------


def test_a_short_list_is_walked_again_once_and_then_left(account, synced):
    number = biggest(synced)
    name, before = tags_here(account)[number]
    others = {key: value for key, value in tags_here(account).items() if key != number}
    extra = next(iter(others))
    someone = sorted(synced.followers() - others[extra][1])[0]
    console(synced).change(
        someone, tags=[*synced.account.records.tags_of(slot(synced, someone)), extra]
    )
    walks: list[bytes] = []
    synced.distort = only(number, walks, lambda payload: {"count": 0})
    run = run_of(account, "tags")
    assert (run.status, notes(run)) == ("succeeded", {"tags": "kept_tags"})
    assert len(walks) == 2
    assert tags_here(account)[number] == (name, before)
    assert someone in tags_here(account)[extra][1]
    assert name in describe(stage(run, "tags")).meaning


def slot(wechat, openid):
    return wechat.account.records.slot_of(openid)


def only(number, seen, change):
    """A distortion of one tag's pages; the calls are kept in `seen`."""

    def distort(path, body, reply):
        if path == TAGGED and str(number).encode() in body:
            seen.append(body)
            reply.payload = change(reply.payload)
        return reply

    return distort


def test_a_list_that_is_short_only_once(account, synced):
    pages: list[bytes] = []

    def ends_after_one(payload):
        return {"count": 0} if len(pages) == 2 else payload

    synced.distort = only(biggest(synced), pages, ends_after_one)
    run = run_of(account, "tags")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert_members(account, synced)
    row = stage(run, "tags")
    assert row.done == row.total


@pytest.mark.parametrize(
    "fault", ["tag_empty", "tag_cut_short", "repeated_cursor", "cycle", "40003"]
)
def test_lists_that_go_wrong_for_ever_remove_nobody(account, synced, fault):
    before = tags_here(account)
    synced.fault(fault, path=TAGGED)
    run = run_of(account, "tags")
    assert run.status == "succeeded"
    assert notes(run) == {"tags": "kept_tags"}
    assert tags_here(account) == before


@pytest.mark.parametrize("known", [True, False], ids=["all known", "one is new"])
def test_an_endless_list_ends(account, synced, known):
    before = tags_here(account)
    if not known:
        number = biggest(synced)
        first = sorted(before[number][1], key=lambda openid: slot(synced, openid))[0]
        Follower.objects.get(openid=first).delete()
        before = tags_here(account)
    synced.fault("endless", path=TAGGED)
    run = run_of(account, "tags")
    assert (run.status, notes(run)) == ("succeeded", {"tags": "kept_tags"})
    assert tags_here(account) == before


@pytest.mark.parametrize("fault", ["tag_empty", "repeated_cursor", "cycle", "40003", "ends_early"])
def test_lists_that_go_wrong_once(account, synced, fault):
    console(synced).shuffle(20, 1)
    synced.fault(fault, count=1, path=TAGGED)
    run = run_of(account, "tags", "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert_members(account, synced)


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [TAGS, TAGGED])
@pytest.mark.parametrize("fault", ["-1", "http_500", "not_json", "45009"])
def test_trouble_waits_and_changes_nothing(account, synced, path, fault):
    before = tags_here(account)
    synced.fault(fault, path=path)
    run = run_of(account, "tags")
    assert run.status == "waiting"
    assert tags_here(account) == before
    synced.clear()
    engine.retry(run)
    assert drive(run).status == "succeeded"
    assert_members(account, synced)


@pytest.mark.parametrize("path", [TAGS, TAGGED])
@pytest.mark.parametrize("fault", ["-1", "http_500", "not_json", "40001"])
def test_trouble_that_passes_is_not_noticed(account, synced, path, fault):
    console(synced).shuffle(10, 2)
    synced.fault(fault, count=1, path=path)
    run = run_of(account, "tags", "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert_members(account, synced)


@pytest.mark.parametrize("path", [TAGS, TAGGED])
def test_without_permission_the_stage_is_left_out(account, synced, path):
    before = tags_here(account)
    synced.fault("48001", path=path)
    run = run_of(account, "tags", "blacklist")
    assert (run.status, stage(run, "tags").error_code) == ("succeeded", 48001)
    assert describe(stage(run, "tags")).meaning
    assert tags_here(account) == before
    assert stage(run, "blacklist").status == "done"


def test_a_tag_deleted_in_mid_stage(account, synced):
    number = biggest(synced)
    synced.after = deletes_after_the_names(synced, number)
    run = run_of(account, "tags", "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert_members(account, synced)


def deletes_after_the_names(wechat, number):
    def after(path, _cursor):
        if path == TAGS:
            wechat.after = lambda path, cursor: None
            console(wechat).delete_tag(number)

    return after


def test_a_tag_that_wechat_is_busy_with_waits(account, synced):
    before = tags_here(account)
    synced.fault("45159", path=TAGGED)
    run = run_of(account, "tags")
    assert (run.status, run.error_code) == ("waiting", 45159)
    assert tags_here(account) == before
    synced.clear()
    engine.retry(run)
    assert drive(run).status == "succeeded"
    assert_members(account, synced)


def test_a_tag_deleted_while_the_run_waits(account, synced):
    synced.fault("45159", path=TAGGED)
    run = run_of(account, "tags", "blacklist")
    number = TagsState.load(stage(run, "tags")).todo[0].wechat_id
    synced.clear()
    console(synced).delete_tag(number)
    engine.retry(run)
    assert drive(run).status == "succeeded"
    assert_members(account, synced)


# --- interruptions ------------------------------------------------------------------------------


def test_cancelled_and_begun_anew_after_every_number_of_slices(account, synced, settings):
    settings.SYNC_SLICE_SECONDS = 0
    for slices in range(1, 12):
        console(synced).shuffle(6, slices)
        run = start(account, "tags", "blacklist")
        step(run, slices)
        engine.cancel(run)
    assert run_of(account, "tags", "blacklist").status == "succeeded"
    assert_members(account, synced)


def test_who_leaves_keeps_the_tags_they_had(account, synced):
    tagged = tags_here(account)
    number, (_name, people) = next((n, it) for n, it in tagged.items() if len(it[1]) > 3)
    gone = sorted(people)[:2]
    synced.people.leave(gone)
    run_of(account, "listing", "tags")
    tag = Tag.objects.get(wechat_id=number)
    kept = FollowerTag.objects.filter(tag=tag, follower__subscribed=False)
    assert sorted(kept.values_list("follower__openid", flat=True)) == gone
    assert tag.follower_count == len(people) - 2
    assert_members(account, synced)
    # Nor does the next sync find anything to do about them.
    assert TagsState.load(stage(run_of(account, "tags"), "tags")).removed == 0


def test_a_tag_counts_no_longer_who_has_left_before_it_is_read_again(account, synced):
    number, (_name, people) = next((n, it) for n, it in tags_here(account).items() if it[1])
    synced.people.leave([min(people)])
    run_of(account, "listing")
    assert Tag.objects.get(wechat_id=number).follower_count == len(people) - 1
