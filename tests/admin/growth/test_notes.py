"""Notes on days: who may write them, where they stand, and what is refused."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from followers.admin.growth.notes import MAX_NOTES_A_DAY
from followers.models import DayNote

from .test_pages import OF_APRIL, charts

ADD = "/admin/growth/notes/"


@pytest.fixture
def writer(make_staff, counted):
    return make_staff(counted, "view_follower", "note_officialaccount")


def note(account, **values):
    return DayNote.objects.create(
        **{"account": account, "day": date(2024, 4, 12), "text": "群发", **values}
    )


def test_a_note_is_written_and_stands_in_the_chart(writer, counted):
    answer = writer.post(
        ADD,
        {
            "account": counted.pk,
            "day": "2024-04-12",
            "text": " 群发：春茶 ",
            "next": "/admin/growth/",
        },
    )
    assert answer.url == "/admin/growth/"
    found = DayNote.objects.get()
    assert (found.text, found.author) == ("群发：春茶", User.objects.get())
    page = writer.get(reverse("growth"), OF_APRIL).text
    chart = charts(page)["growth"]
    assert [place for place, noted in enumerate(chart["noted"]) if noted] == [11]
    assert "群发：春茶" in chart["remarks"][11]
    assert "群发：春茶" in writer.get("/admin/growth/file/growth.csv", OF_APRIL).getvalue().decode()


@pytest.mark.parametrize(
    "values",
    [{"day": ""}, {"day": "x"}, {"day": "12.04.2024"}, {"text": " "}, {"text": "长" * 101}],
)
def test_what_is_no_note_is_refused(writer, counted, values):
    writer.post(ADD, {"account": counted.pk, "day": "2024-04-12", "text": "群发", **values})
    assert not DayNote.objects.exists()


def test_a_day_has_no_more_notes_than_a_chart_can_show(writer, counted):
    for number in range(MAX_NOTES_A_DAY):
        note(counted, text=f"群发 {number}")
    writer.post(ADD, {"account": counted.pk, "day": "2024-04-12", "text": "群发"})
    assert DayNote.objects.count() == MAX_NOTES_A_DAY


def test_reading_figures_is_no_right_to_write_notes(staff, counted):
    found = note(counted)
    page = staff.get(reverse("growth"), OF_APRIL).text
    assert "群发" in page
    assert ADD not in page
    data = {"account": counted.pk, "day": "2024-04-12", "text": "x"}
    assert staff.post(ADD, data).status_code == 403
    assert staff.post(f"{ADD}{found.pk}/delete/").status_code == 403
    assert DayNote.objects.count() == 1


def test_nobody_writes_or_reads_notes_of_other_accounts(writer, counted, foreign):
    theirs = note(foreign, text="秘密")
    data = {"account": foreign.pk, "day": "2024-04-12", "text": "x"}
    assert writer.post(ADD, data).status_code == 404
    assert writer.post(f"{ADD}{theirs.pk}/delete/").status_code == 404
    assert "秘密" not in writer.get(reverse("growth"), OF_APRIL).text
    assert DayNote.objects.count() == 1


def test_a_second_click_writes_nothing_more(writer, counted):
    for _ in range(2):
        writer.post(ADD, {"account": counted.pk, "day": "2024-04-12", "text": "tab\tx\r\nline"})
    assert DayNote.objects.get().text == "tab x line"


def test_the_right_to_write_alone_shows_and_changes_nothing(make_staff, counted):
    alone = make_staff(counted, "note_officialaccount")
    data = {"account": counted.pk, "day": "2024-04-12", "text": "x"}
    assert alone.post(ADD, data).status_code == 403
    assert alone.post(f"{ADD}{note(counted).pk}/delete/").status_code == 403


def test_a_note_is_deleted(writer, counted):
    found = note(counted)
    assert writer.get(f"{ADD}{found.pk}/delete/").status_code == 405
    assert writer.post(f"{ADD}{found.pk}/delete/").url == "/admin/"
    assert not DayNote.objects.exists()


def test_the_way_back_leads_nowhere_else(writer, counted):
    found = note(counted)
    answer = writer.post(f"{ADD}{found.pk}/delete/", {"next": "https://evil.example/"})
    assert answer.url == "/admin/"


def test_markup_in_a_note_is_text(writer, counted):
    note(counted, text="</script><b>x")
    page = writer.get(reverse("growth"), OF_APRIL).text
    assert "<b>x" not in page
