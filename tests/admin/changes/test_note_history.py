"""Who wrote which note of a follower when, from the changes that wrote them."""

import pytest
from django.contrib.auth.models import User

from followers.admin.changes.note_history import WrittenNote, written_notes
from followers.admin.followers.change_views import note_context
from followers.changes.change import Change
from followers.changes.record import PlannedStep, record_steps
from followers.changes.undo import undo
from followers.models import EditRun, EditValue, Follower
from followers.runs import engine, lease
from tests.factories import follow

PAGE = "/admin/followers/follower/{}/change/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def person(account) -> Follower:
    return follow(account, "a")


def drive(run):
    while run.is_active:
        engine.advance(EditRun, run.pk, run.ticket)
        run.refresh_from_db()
    return run


def write(person, text, user=None, **others):
    """By the change of one follower, of several, or of a file, in which each has a text."""
    step = PlannedStep(Change("note", text=text), [person.pk, *others])
    return drive(record_steps(person.account, [step], user=user, selection="one"))


def imported(people, text):
    steps = [PlannedStep(Change("note"), texts={it.pk: f"{text} {it.openid}" for it in people})]
    return drive(record_steps(people[0].account, steps, user=None, selection="file"))


def texts(person, most=20):
    return [note.text for note in written_notes(person, most)[0]]


def test_every_note_is_kept_with_its_author_newest_first(person):
    users = [User.objects.create_user(name) for name in ("anna", "bo")]
    runs = [write(person, f"of {user}", user) for user in users]
    notes, more = written_notes(person)
    assert [(note.text, note.run.requested_by) for note in notes] == [
        ("of bo", users[1]),
        ("of anna", users[0]),
    ]
    assert [note.run for note in notes] == runs[::-1]
    assert notes[0].at >= notes[1].at
    assert more == 0


def test_notes_of_many_of_files_and_of_undos_are_among_them(account, person):
    other = follow(account, "b")
    write(person, "for both")
    run = imported([person, other], "file")
    drive(undo(run, None))
    write(person, "")
    assert texts(person) == ["", "for both", "file a", "for both"]
    assert texts(other) == ["", "file b"]


def test_a_note_that_was_skipped_is_no_note(person):
    write(person, "one")
    write(person, "one")
    assert texts(person) == ["one"]


def test_of_a_text_whose_change_is_gone_the_text_remains(person):
    write(person, "one").delete()
    write(person, "two")
    assert written_notes(person)[0][-1] == WrittenNote("one")


def test_those_beyond_the_newest_are_counted(person):
    for number in range(5):
        write(person, f"note {number}")
    notes, more = written_notes(person, 2)
    assert ([note.text for note in notes], more) == (["note 4", "note 3"], 3)
    assert len(texts(person, None)) == 5


@pytest.mark.parametrize("number", [2, 12])
def test_many_notes_cost_the_same_queries(person, number, django_assert_num_queries):
    for each in range(number):
        write(person, f"note {each}", User.objects.create_user(f"user{each}"))
    with django_assert_num_queries(3):
        notes, _more = written_notes(person)
        assert len({str(note.run.requested_by) for note in notes}) == number


def test_the_page_shows_the_present_one_and_those_before(make_staff, account, person):
    client = make_staff(account, "view_follower")
    assert "Earlier internal note" not in client.get(PAGE.format(person.pk), headers=ENGLISH).text
    for text, name in (("<i>first</i>", "anna"), ("second", "bo"), ("third", "cy")):
        write(person, text, User.objects.create_user(name))
    page = client.get(PAGE.format(person.pk), headers=ENGLISH)
    assert "Earlier internal notes: 2" in page.text
    assert str(page.context["note_now"].run.requested_by) == "cy"
    assert [str(note.run.requested_by) for note in page.context["earlier_notes"]] == ["bo", "anna"]
    assert "&lt;i&gt;first&lt;/i&gt;" in page.text
    # Who may not see changes gets no links to them.
    assert "/editrun/" not in page.text


def test_the_page_shows_all_on_request(make_staff, account, person):
    client = make_staff(account, "view_follower", "view_editrun")
    for number in range(23):
        write(person, f"note {number}.")
    page = client.get(PAGE.format(person.pk), headers=ENGLISH).text
    assert "Earlier internal notes: 22" in page
    assert "Show 3 more" in page
    page = client.get(f"{PAGE.format(person.pk)}?notes=all", headers=ENGLISH).text
    assert "note 0." in page
    assert "more</a>" not in page


def test_a_note_that_was_cleared_leaves_those_before(make_staff, account, person):
    write(person, "first")
    write(person, "")
    page = make_staff(account, "view_follower").get(PAGE.format(person.pk), headers=ENGLISH).text
    assert "None at present" in page
    assert "Earlier internal notes: 1" in page


def test_the_notes_of_another_account_are_not_there(make_staff, foreign, person):
    write(person, "secret")
    client = make_staff(foreign, "view_follower")
    assert client.get(PAGE.format(person.pk)).status_code == 404
    assert EditValue.objects.count() == 1


def test_a_note_that_is_written_while_the_page_is_made_is_not_an_earlier_one(person, rf):
    """The follower was read before, so the page shows the note that is replaced as the present."""
    write(person, "first")
    write(person, "old")
    read = Follower.objects.get(pk=person.pk)
    write(person, "new")
    context = note_context(rf.get("/"), read)
    assert context["note_now"].text == "old"
    assert [note.text for note in context["earlier_notes"]] == ["first"]
    now = note_context(rf.get("/"), Follower.objects.get(pk=person.pk))
    assert now["note_now"].text == "new"
