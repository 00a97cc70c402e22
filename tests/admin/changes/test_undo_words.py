"""What a person reads before an undo, and after it: which tags go, and why one stays."""

import pytest
from django.utils import timezone
from django.utils.translation import override
from pyroaring import BitMap64

from followers.admin.changes.undo_state import undo_question
from followers.changes.change import Change
from followers.changes.record import PlannedStep, record_steps
from followers.changes.steps import add_chunk
from followers.changes.undo import UndoPreview, undo
from followers.models import EditRun, FollowerTag, Tag
from followers.runs import lease
from tests.factories import follow

RUNS = "/admin/followers/editrun/"
FOR_ONE = "Undo this for 1 follower? Whoever somebody else has changed since stays as they are."


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def client(make_staff, account):
    return make_staff(account, "view_follower", "undo_edits", "import_followers")


@pytest.fixture
def imported(account):
    """A file has created 新客 and 老客户, and given one of them to somebody."""
    person = follow(account, "a")
    names = ("新客", "老客户")
    steps = [PlannedStep(Change("create_tag", name=name)) for name in names]
    steps.append(PlannedStep(Change("tag", name="新客"), [person.pk]))
    run = record_steps(account, steps, user=None, selection="File a.csv", import_fingerprint="f")
    for number, step in enumerate(run.steps.all()):
        creates = step.action == "create_tag"
        tag, _new = Tag.objects.get_or_create(
            account=account, name=step.name, defaults={"wechat_id": 101 + number}
        )
        run.steps.filter(pk=step.pk).update(tag=tag, status="done")
        ids, reason = (BitMap64(), "created") if creates else (BitMap64([person.pk]), "")
        add_chunk(step, 0, "done", ids, timezone.now(), reason=reason)
    FollowerTag.objects.create(follower=person, tag=Tag.objects.get(name="新客"), edit=run)
    return ended(run, done=3)


def ended(run, **counts):
    EditRun.objects.filter(pk=run.pk).update(status="succeeded", **counts)
    run.refresh_from_db()
    return run


def page(client, run, language="en"):
    return client.get(f"{RUNS}{run.pk}/change/", headers={"accept-language": language}).text


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (UndoPreview(1), FOR_ONE),
        (
            UndoPreview(deleted_tags=("vip",)),
            "Undo this? The tag “vip” is deleted in WeChat, unless followers still have it then.",
        ),
        (
            UndoPreview(1, deleted_tags=("a", "b")),
            f"{FOR_ONE} The tags “a”, “b” are deleted in WeChat, but for those that followers "
            "still have then.",
        ),
        (
            UndoPreview(1, kept_tags=("vip",)),
            f"{FOR_ONE} The tag “vip” stays, because others use it.",
        ),
        (
            UndoPreview(deleted_tags=tuple("abcdefg")),
            "Undo this? The tags “a”, “b”, “c”, “d”, “e” and 2 others are deleted in WeChat, but "
            "for those that followers still have then.",
        ),
    ],
)
def test_the_question_names_the_tags(found, words):
    with override("en"):
        assert undo_question(found) == words


def test_the_button_asks_for_followers_and_tags(client, imported):
    one = "Undo 1 change? What somebody else has changed since stays as it is."
    asked = f"{one} The tags “新客”, “老客户” are deleted in WeChat"
    assert asked in page(client, imported)
    assert "标签“新客”、“老客户”会从微信中删除" in page(client, imported, "zh-hans")


def test_a_tag_that_others_use_is_said_to_stay(client, account, imported):
    other = follow(account, "b")
    FollowerTag.objects.create(follower=other, tag=Tag.objects.get(name="新客"))
    text = page(client, imported)
    assert "The tag “老客户” is deleted in WeChat" in text
    assert "The tag “新客” stays, because others use it." in text


def test_with_all_tags_in_use_and_nobody_to_untag_there_is_no_button(client, account, imported):
    for person, tag in zip("bc", Tag.objects.filter(account=account), strict=True):
        FollowerTag.objects.create(follower=follow(account, person), tag=tag)
    FollowerTag.objects.filter(edit=imported).delete()
    assert "/undo/" not in page(client, imported)


def test_a_name_is_no_markup(client, imported):
    name = '"><script>x</script>'
    Tag.objects.filter(name="老客户").update(name=name)
    imported.steps.filter(name="老客户").update(name=name)
    text = page(client, imported)
    assert "<script>x" not in text
    assert "“&quot;&gt;&lt;script&gt;x" in text


def test_a_tag_that_stayed_is_explained(client, imported):
    undoing = undo(imported, None)
    kept = undoing.steps.filter(action="delete_tag")[0]
    add_chunk(kept, 0, "skipped", BitMap64(), timezone.now(), reason="tag_in_use")
    undoing.steps.update(status="done")
    why = "followers still have the tag, so it stays"
    text = page(client, ended(undoing, done=2, skipped=1))
    assert f"Skipped: {why}" in text
    assert why in text.split("Who was skipped, and why")[1]
    assert "仍有粉丝带有这个标签，所以保留" in page(client, undoing, "zh-hans")


def test_a_tag_that_was_there_already_is_said_to_have_been(client, imported):
    step = imported.steps.get(name="老客户")
    step.chunks.update(reason="existed")
    text = page(client, imported)
    assert "was there already" in text
    assert "The tag “新客” is deleted in WeChat" in text
