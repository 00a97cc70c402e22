"""The record of changes and the page of one, as far as the request reaches."""

import csv
import io
import re

import pytest
from django.utils import timezone
from pyroaring import BitMap64

from followers.changes.change import Change
from followers.changes.record import PlannedStep, record, record_steps
from followers.changes.steps import add_chunk
from followers.models import (
    EditRun,
    EditValue,
    ExportLog,
    Follower,
    FollowerTag,
    Run,
    Tag,
)
from followers.runs import lease
from tests.factories import follow, make_unsubscribed

RUNS = "/admin/followers/editrun/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def vip(account) -> Tag:
    return Tag.objects.create(account=account, wechat_id=101, name="vip")


@pytest.fixture
def run(account, vip) -> EditRun:
    """Three are to be tagged, one has left."""
    for name in "abc":
        follow(account, name, remark=f"Remark {name}")
    make_unsubscribed(account, "d")
    everybody = Follower.objects.filter(account=account)
    change = Change("tag", tag=vip)
    return record(account, everybody, change, user=None, selection="All followers")


@pytest.fixture
def ended(run) -> EditRun:
    """Two were tagged, one failed."""
    step, people = run.steps.get(), list(Follower.objects.filter(openid__in="abc"))
    now = timezone.now()
    ids = [person.pk for person in people]
    add_chunk(step, 11, "done", BitMap64(ids[:2]), now)
    add_chunk(step, 12, "failed", BitMap64(ids[2:]), now, reason="fatal", error_code=45059)
    EditRun.objects.filter(pk=run.pk).update(
        status=Run.Status.SUCCEEDED, done=2, failed=1, started_at=now, finished_at=now
    )
    run.refresh_from_db()
    return run


@pytest.fixture
def tagger(make_staff, account):
    others = ("view_exportlog", "tag_followers", "export_follower", "undo_edits")
    return make_staff(account, "view_follower", *others)


def page(client, run, name="change", **options):
    return client.get(f"{RUNS}{run.pk}/{name}/", headers=ENGLISH, **options)


def post(client, run, name):
    return client.post(f"{RUNS}{run.pk}/{name}/", headers=ENGLISH)


def test_the_list_says_who_changed_what_for_whom(tagger, ended):
    text = tagger.get(RUNS, headers=ENGLISH).text
    assert "Add the tag “vip”" in text
    assert "All followers" in text
    assert "2 done, 1 skipped, 1 failed" in text


def test_the_page_of_a_run_that_moves_watches_it(tagger, run):
    text = page(tagger, run).text
    assert f'data-progress-url="{RUNS}{run.pk}/progress/"' in text
    assert "Cancel the change" in text
    assert "Undo" not in text
    assert "Not reached" not in text
    state = page(tagger, run, "progress").json()
    assert (state["selected"], state["skipped"], state["total"]) == (4, 1, 3)
    assert state["active"]
    assert state["colour"] == "info"
    assert state["skips"] == [{"reason": "no longer follows", "number": 1}]


def test_the_page_of_an_ended_run_names_those_who_failed(tagger, ended):
    text = page(tagger, ended).text
    assert "For whom it failed, and why" in text
    assert "Remark c" in text
    assert "Try 1 unfinished one again" in text
    assert "no longer follows" in text


def test_who_was_never_reached_is_counted_apart(tagger, ended):
    EditRun.objects.filter(pk=ended.pk).update(status=Run.Status.CANCELLED, selected=20_004)
    text = " ".join(page(tagger, ended).text.split())
    assert '<b data-progress="unreached">20,000</b><span>Not reached</span>' in text
    assert "Try 20,001 unfinished ones again" in text


def test_everybody_was_reached_by_what_succeeded(tagger, ended):
    assert "Not reached" not in page(tagger, ended).text


def test_a_queued_run_says_what_it_comes_after(tagger, account, run, vip):
    everybody = Follower.objects.filter(account=account)
    second = record(account, everybody, Change("untag", tag=vip), user=None, selection="")
    words = f"begins when change #{run.pk} is done"
    assert page(tagger, second, "progress").json()["phase"] == words
    assert words in page(tagger, second).text
    assert page(tagger, run, "progress").json()["phase"] == ""
    EditRun.objects.filter(pk=run.pk).update(status=Run.Status.WAITING)
    assert page(tagger, second, "progress").json()["phase"] == ""


def test_texts_of_their_own_are_not_taken_for_none(tagger, make_staff, account, run):
    """An import says what it does, in the list, on its page and to the one it concerns."""
    person = Follower.objects.get(openid="a")
    steps = [
        PlannedStep(Change("remark"), texts={person.pk: "Li"}),
        PlannedStep(Change("note"), texts={person.pk: "called"}),
    ]
    imported = record_steps(account, steps, user=None, selection="File vip.csv")
    for text in (page(tagger, imported).text, tagger.get(RUNS, headers=ENGLISH).text):
        assert "Set the remark" in text
        assert "Set the internal note" in text
        assert "Clear" not in text
    reader = make_staff(account, "view_follower")
    seen = reader.get(f"/admin/followers/follower/{person.pk}/change/", headers=ENGLISH)
    told = [event.text for event in seen.context["timeline"]]
    assert {"Set the remark to “Li”", "Set the internal note to “called”"} <= set(told)


def test_no_text_for_anybody_clears(tagger, account, run):
    everybody = Follower.objects.filter(account=account)
    clearing = record(account, everybody, Change("remark"), user=None, selection="")
    # What is kept for an undo once it is done.
    step, kept = clearing.steps.get(), {"before": "Li", "after": ""}
    EditValue.objects.create(step=step, follower=everybody[0], **kept)
    for text in (page(tagger, clearing).text, tagger.get(RUNS, headers=ENGLISH).text):
        assert "Clear the remark" in text


def test_an_empty_record_says_how_to_begin(tagger):
    assert "Nothing has been changed yet" in tagger.get(RUNS, headers=ENGLISH).text
    filtered = tagger.get(f"{RUNS}?status__exact=failed", headers=ENGLISH).text
    assert "No change matches" in filtered


@pytest.mark.parametrize(
    ("outcome", "openids"), [("done", ["a", "b"]), ("skipped", ["d"]), ("failed", ["c"])]
)
def test_each_list_can_be_taken_as_csv(tagger, ended, outcome, openids):
    answer = page(tagger, ended, f"people/{outcome}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["openid", "remark", "reason"]
    assert [row[0] for row in rows] == openids
    assert all(row[2] for row in rows) == (outcome != "done")
    log = ExportLog.objects.get()
    assert (log.rows, log.complete) == (len(openids), True)
    assert (
        f"Change #{ended.pk}: {outcome.capitalize()}"
        in tagger.get("/admin/followers/exportlog/", headers=ENGLISH).text
    )


def test_lists_are_for_those_who_may_export(make_staff, account, ended):
    client = make_staff(account, "tag_followers")
    assert page(client, ended, "people/done").status_code == 403
    assert "/people/" not in page(client, ended).text


def test_a_list_that_does_not_exist(tagger, ended):
    assert page(tagger, ended, "people/other").status_code == 404


def test_a_run_is_cancelled_once(tagger, run):
    assert post(tagger, run, "cancel").status_code == 302
    run.refresh_from_db()
    assert run.status == Run.Status.CANCELLED
    again = tagger.post(f"{RUNS}{run.pk}/cancel/", follow=True, headers=ENGLISH)
    assert "The change has ended already; there is nothing to cancel." in again.text


def test_a_waiting_run_is_retried(tagger, run):
    EditRun.objects.filter(pk=run.pk).update(status=Run.Status.WAITING)
    post(tagger, run, "retry")
    run.refresh_from_db()
    assert run.status == Run.Status.QUEUED


@pytest.mark.parametrize("name", ["cancel", "retry", "again", "undo"])
def test_who_may_not_change_gets_403(make_staff, account, ended, name):
    client = make_staff(account, "view_editrun", "note_followers")
    assert post(client, ended, name).status_code == 403
    text = page(client, ended).text
    assert f"/{name}/" not in text
    assert EditRun.objects.count() == 1


MARKED = "0123456789abcdef"


@pytest.mark.parametrize(
    ("permission", "own", "mark", "undoes", "cancels", "repeats"),
    [
        ("import_followers", True, MARKED, False, True, True),
        ("import_followers", False, MARKED, False, True, True),
        ("import_followers", False, "", False, False, False),
        ("note_followers", True, "", False, True, False),
        ("note_followers", False, MARKED, False, False, False),
        ("undo_edits", True, "", True, True, True),
        ("undo_edits", False, "", False, False, False),
        ("tag_followers", False, "", False, True, True),
    ],
)
def test_who_may_stop_a_run_and_who_may_have_it_made_again(
    make_staff, account, run, ended, permission, own, mark, undoes, cancels, repeats
):
    client = make_staff(account, permission)
    of_run = EditRun.objects.filter(pk=run.pk)
    of_run.update(import_fingerprint=mark)
    if undoes:
        of_run.update(undo_of=EditRun.objects.create(account=account, created_at=timezone.now()))
    if own:
        of_run.update(requested_by=client.session["_auth_user_id"])
    assert ("/again/" in page(client, run).text) == repeats
    assert post(client, run, "again").status_code == (302 if repeats else 403)
    of_run.update(status=Run.Status.WAITING)
    assert ("/cancel/" in page(client, run).text) == cancels
    for name in ("retry", "cancel"):
        assert post(client, run, name).status_code == (302 if cancels else 403)
    run.refresh_from_db()
    assert run.status == (Run.Status.CANCELLED if cancels else Run.Status.WAITING)


@pytest.mark.parametrize("name", ["cancel", "retry", "again", "undo"])
def test_a_link_changes_nothing(tagger, ended, name):
    assert page(tagger, ended, name).status_code == 405


def test_the_run_of_another_account_is_not_there(make_staff, foreign, ended):
    client = make_staff(foreign, "tag_followers", "undo_edits", "export_follower")
    assert "vip" not in client.get(RUNS).text
    for name in ("change", "progress", "people/done"):
        assert page(client, ended, name).status_code == 404
    assert post(client, ended, "undo").status_code == 404


def test_who_may_change_nothing_sees_no_record(make_staff, account, run):
    client = make_staff(account, "view_follower")
    assert client.get(RUNS).status_code == 403
    assert page(client, run).status_code == 403


def test_undoing_twice_from_one_page_is_one_run(tagger, ended, vip):
    for person in Follower.objects.filter(openid__in="ab"):
        FollowerTag.objects.create(follower=person, tag=vip, edit=ended)
    nonce = page(tagger, ended).context["nonce"]
    address = f"{RUNS}{ended.pk}/undo/"
    first, second = (tagger.post(address, {"nonce": nonce}) for _ in range(2))
    assert first.url == second.url
    undoing = EditRun.objects.get(undo_of=ended)
    assert (undoing.selected, undoing.steps.get().action) == (2, "untag")
    assert f"Being undone by #{undoing.pk}" in " ".join(page(tagger, ended).text.split())


def test_a_run_that_failed_for_some_is_not_called_a_success(tagger, ended):
    text = page(tagger, ended).text
    assert '<span class="wx-label wx-warning" data-progress="status">Partly done</span>' in text
    assert "Succeeded" not in text
    state = page(tagger, ended, "progress").json()
    assert (state["status"], state["status_label"]) == ("succeeded", "Partly done")


# --- several steps -----------------------------------------------------------------------------


@pytest.fixture
def several(run):
    """The tag is created, then given; the second step is at work."""
    EditRun.objects.filter(pk=run.pk).update(selected=5, status=Run.Status.RUNNING, done=1)
    run.steps.update(position=1)
    run.steps.create(position=0, action="create_tag", name="vip", status="done")
    run.steps.create(position=2, action="note", text="x")
    run.refresh_from_db()
    return run


def test_the_states_of_the_steps_are_polled(tagger, several):
    state = tagger.get(f"{RUNS}{several.pk}/progress/").json()
    assert [(step["position"], step["state"]) for step in state["steps"]] == [
        (0, "已完成"),
        (1, "进行中"),
        (2, "未开始"),
    ]
    page = tagger.get(f"{RUNS}{several.pk}/change/").text
    assert 'data-progress="steps"' in page
    assert '<b data-step="1">进行中</b>' in page
    EditRun.objects.filter(pk=several.pk).update(status=Run.Status.CANCELLED)
    steps = tagger.get(f"{RUNS}{several.pk}/progress/").json()["steps"]
    assert [step["state"] for step in steps] == ["已完成", "未进行", "未进行"]


@pytest.mark.parametrize("status", ["queued", "running", "waiting", "cancelled", "succeeded"])
def test_the_tiles_add_up(make_staff, account, several, status):
    tagger = make_staff(account, "tag_followers", "note_followers", "manage_tags")
    EditRun.objects.filter(pk=several.pk).update(status=status, done=1, skipped=1, failed=1)
    page = tagger.get(f"{RUNS}{several.pk}/change/").text
    tiles = dict(re.findall(r'<b data-progress="(\w+)">([\d,]+)</b>', page))
    whole = int(tiles.pop("selected"))
    assert whole == sum(map(int, tiles.values())) == 5
    assert tiles["unreached"] == "2"
    # What failed and what was never reached is what the button tries again.
    again = re.findall(r"<button[^>]*>重试未完成的 (\d+)", page)
    assert again == (["3"] if status in ("cancelled", "succeeded") else [])


def test_the_page_says_how_many_texts_are_overwritten(tagger, make_staff, account, run):
    everybody = Follower.objects.filter(account=account)
    change = record(account, everybody, Change("remark", text="Remark a"), user=None, selection="")
    told = "Existing remarks that are overwritten: 2, of which 0 so far"
    assert told in page(tagger, change).text
    step = change.steps.get()
    for follower, before in zip(everybody, ("Remark a", "Remark b", "", "x"), strict=True):
        EditValue.objects.create(step=step, follower=follower, before=before, after="Remark a")
    EditRun.objects.filter(pk=change.pk).update(status=Run.Status.SUCCEEDED)
    assert "Existing remarks that were overwritten: 2" in page(tagger, change).text
    # It names nobody, so it is no secret.
    viewer = make_staff(account, "view_editrun")
    assert "Existing remarks that were overwritten: 2" in page(viewer, change).text


def test_a_change_of_several_tags_is_named_after_all_of_them(tagger, make_staff, account, several):
    several.steps.filter(action="note").delete()
    assert "Add the tag “vip”" in page(tagger, several).text
    several.steps.create(position=2, action="untag", name="lost")
    title = "Add the tag “vip” · Remove the tag “lost”"
    assert title in page(tagger, several).text
    assert title in tagger.get(RUNS, headers=ENGLISH).text
    # Names of tags are for those who may see them.
    assert "vip" not in page(make_staff(account, "undo_edits"), several).text


def test_an_import_counts_changes(tagger, several):
    EditRun.objects.filter(pk=several.pk).update(import_fingerprint="x")
    assert "修改项" in tagger.get(f"{RUNS}{several.pk}/change/").text
