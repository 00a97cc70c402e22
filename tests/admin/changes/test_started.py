"""After a change was started from the list: the list again, which follows it."""

import pytest

from followers.changes.change import Change
from followers.changes.record import record
from followers.models import EditRun, Follower, Run
from followers.runs import lease
from tests.factories import follow

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
FILTERED = f"{LIST}?subscribed__exact=1&remark__isempty=1"
FORM = {"index": "0", "select_across": "1", "_selected_action": "0", "action": "edit_note"}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def marketer(make_staff, account):
    follow(account, "o1")
    return make_staff(account, "view_follower", "note_followers")


@pytest.fixture
def run(marketer) -> EditRun:
    """Started from the filtered list."""
    answer = marketer.post(FILTERED, {**FORM, "step": "start", "text": "call"}, headers=ENGLISH)
    assert answer.url == FILTERED
    return EditRun.objects.get()


def listed(client):
    return client.get(FILTERED, headers=ENGLISH).text


def end(run, **values):
    EditRun.objects.filter(pk=run.pk).update(**values)


def test_the_list_shows_how_it_goes(marketer, run):
    page = listed(marketer)
    assert f'data-progress-url="/admin/followers/editrun/{run.pk}/progress/"' in page
    assert f'href="/admin/followers/editrun/{run.pk}/change/"' in page
    assert "Set the internal note to “call”" in page


@pytest.mark.parametrize(
    ("status", "failed", "level"),
    [("succeeded", 0, "success"), ("succeeded", 1, "warning"), ("failed", 1, "error")],
)
def test_what_came_of_it_is_told_once(marketer, run, status, failed, level):
    end(run, status=status, done=1, failed=failed)
    answer = marketer.get(FILTERED, headers=ENGLISH)
    (told,) = answer.context["messages"]
    assert told.level_tag == level
    assert "Set the internal note to “call”: 1 done" in str(told)
    assert f'href="/admin/followers/editrun/{run.pk}/change/"' in str(told)
    assert list(marketer.get(FILTERED, headers=ENGLISH).context["messages"]) == []
    assert "data-progress-url" not in listed(marketer)


def test_a_text_in_a_title_stays_a_text(marketer, account):
    text = "<b>bold</b>"
    marketer.post(FILTERED, {**FORM, "step": "start", "text": text})
    end(EditRun.objects.get(), status=Run.Status.SUCCEEDED, done=1)
    page = listed(marketer)
    assert text not in page
    assert "&lt;b&gt;bold" in page


def test_whoever_started_nothing_sees_nothing(make_staff, account, run):
    other = make_staff(account, "view_follower", "note_followers")
    assert "data-progress-url" not in listed(other)


def test_whoever_no_longer_belongs_to_the_account_sees_nothing(marketer, account, foreign, run):
    account.members.clear()
    foreign.members.add(*[int(marketer.session["_auth_user_id"])])
    page = listed(marketer)
    assert "data-progress-url" not in page
    assert "“call”" not in page


@pytest.mark.parametrize("number", [1, 5])
def test_several_cost_the_same_queries(marketer, account, number, django_assert_max_num_queries):
    runs = [
        record(
            account, Follower.objects.all(), Change("note", text=str(each)), user=None, selection=""
        )
        for each in range(number)
    ]
    session = marketer.session
    session["started_changes"] = [run.pk for run in runs]
    session.save()
    listed(marketer)
    with django_assert_max_num_queries(40) as asked:
        page = listed(marketer)
    assert page.count("data-progress-url") == number
    asked_of = [query["sql"].partition("FROM")[2] for query in asked.captured_queries]
    assert sum("followers_edit" in it.partition("WHERE")[0] for it in asked_of) == 2
