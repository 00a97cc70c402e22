import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from followers.models import Channel
from tests.factories import follow, make_unsubscribed
from tests.files.workbooks import saved

CHANNELS = "/admin/followers/channel/"
ENGLISH = {"accept-language": "en"}
HOSTILE = "<script>alert(1)</script>\"'"
ALL = ("view_channel", "add_channel", "change_channel", "delete_channel")


@pytest.fixture
def editor(make_staff, account):
    return make_staff(account, *ALL)


@pytest.fixture
def shop(account) -> Channel:
    return Channel.objects.create(account=account, scene="1043", name="南京西路店", group="华东")


def named() -> list[tuple[str, str, str]]:
    return sorted(Channel.objects.values_list("scene", "name", "group"))


# --- the list ---------------------------------------------------------------------------------


def test_staff_see_the_channels_of_their_accounts(foreign, editor, shop):
    Channel.objects.create(account=foreign, scene="1", name="elsewhere")
    page = editor.get(CHANNELS).content.decode()
    assert "南京西路店" in page
    assert "elsewhere" not in page


def test_names_and_groups_are_edited_in_the_list(editor, shop):
    data = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": shop.pk,
        "form-0-name": "New",
        "form-0-group": "South",
        "_save": "1",
    }
    assert editor.post(CHANNELS, data).status_code == 302
    assert named() == [("1043", "New", "South")]


def test_a_channel_is_added_and_deleted(account, editor):
    data = {"account": account.pk, "scene": "store_7", "name": "Seventh", "group": ""}
    assert editor.post(f"{CHANNELS}add/", data).status_code == 302
    channel = Channel.objects.get()
    assert editor.post(f"{CHANNELS}{channel.pk}/delete/", {"post": "yes"}).status_code == 302
    assert named() == []


def test_a_scene_has_one_name(account, editor, shop):
    data = {"account": account.pk, "scene": "1043", "name": "Again", "group": ""}
    assert editor.post(f"{CHANNELS}add/", data).status_code == 200
    assert len(named()) == 1


def test_nobody_adds_channels_to_foreign_accounts(foreign, editor):
    data = {"account": foreign.pk, "scene": "1", "name": "x", "group": ""}
    assert editor.post(f"{CHANNELS}add/", data).status_code == 200
    assert named() == []


def test_who_may_only_look_is_offered_nothing_else(account, make_staff, shop):
    follow(account, "a", qr_scene=7)
    onlooker = make_staff(account, "view_channel")
    page = onlooker.get(CHANNELS, headers=ENGLISH).content.decode()
    assert "南京西路店" in page
    assert "Scenes without a name" not in page
    assert "Import CSV" not in page
    assert onlooker.post(f"{CHANNELS}name/", {}).status_code == 403
    assert onlooker.get(f"{CHANNELS}import/").status_code == 403


# --- what they brought ------------------------------------------------------------------------


def cells(page, column):
    found = re.findall(rf'<td class="field-{column}[^>]*>(.*?)</td>', page, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in found]


@pytest.fixture
def busy(account, foreign):
    """By scene 1043 five came and two left; by a text that reads the same, one; by 7, two."""
    for number in range(3):
        follow(account, f"stays{number}", qr_scene=1043)
    for number in range(2):
        make_unsubscribed(account, f"left{number}", qr_scene=1043)
    make_unsubscribed(account, "text", qr_scene_str="1043")
    follow(account, "a", qr_scene=7)
    make_unsubscribed(account, "b", qr_scene=7)
    make_unsubscribed(foreign, "theirs", qr_scene=1043)


def test_a_channel_keeps_its_figures_when_it_gets_a_name(account, editor, busy):
    before = {row["scene"]: row for row in editor.get(CHANNELS).context["unnamed"]}
    assert (before["1043"]["brought"], before["1043"]["staying"]) == ("6", "3")
    assert (before["7"]["brought"], before["7"]["staying"]) == ("2", "1")
    data = {"account": account.pk, "scene": "1043", "name": "南京西路店", "group": ""}
    page = editor.post(f"{CHANNELS}name/", data, follow=True).content.decode()
    assert cells(page, "brought") == ["6"]
    assert cells(page, "staying") == ["3"]


def test_each_figure_leads_to_those_whom_it_counts(account, make_staff, shop, busy):
    client = make_staff(account, *ALL, "view_follower")
    page = client.get(CHANNELS).content.decode()
    links = re.findall(r'<a class="wx-figure" href="([^"]+)">([\d,]+)</a>', page)
    assert sorted(number for _url, number in links) == ["1", "2", "3", "6"]
    for url, number in links:
        shown = client.get(url.replace("&amp;", "&"), headers=ENGLISH).context["cl"]
        assert shown.result_count == int(number), url


def test_the_figures_cost_the_same_for_one_channel_and_many(account, editor, busy):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            editor.get(CHANNELS)
        return len(seen)

    Channel.objects.create(account=account, scene="1043", name="x")
    one = queries()
    for number in range(60):
        Channel.objects.create(account=account, scene=f"s{number}", name=f"n{number}")
    assert queries() == one


# --- scenes without a name --------------------------------------------------------------------


def test_scenes_without_a_name_are_offered_the_busiest_first(account, foreign, editor, shop):
    for number, scene in enumerate([7, 7, 7, 1043]):
        follow(account, f"n{number}", qr_scene=scene)
    for number, scene in enumerate(["store", "store", HOSTILE]):
        follow(account, f"t{number}", qr_scene_str=scene)
    follow(foreign, "theirs", qr_scene=9)
    page = editor.get(CHANNELS)
    rows = page.context["unnamed"]
    assert [(row["scene"], row["brought"], row["staying"]) for row in rows] == [
        ("7", "3", "3"),
        ("store", "2", "2"),
        (HOSTILE, "1", "1"),
    ]
    assert "<script>alert" not in page.content.decode()


def test_the_names_to_enter_have_headings_in_capitals(account, editor):
    follow(account, "a", qr_scene=7)
    page = editor.get(CHANNELS, headers=ENGLISH).content.decode()
    for heading in ("Brought", "Still following", "Name", "Group"):
        assert f'<th scope="col">{heading}</th>' in page
    assert 'placeholder="Name"' in page
    assert 'placeholder="Group"' in page


def test_saving_the_list_does_not_silently_lose_names(account, editor, shop):
    follow(account, "a", qr_scene=7)
    page = editor.get(CHANNELS, headers=ENGLISH).content.decode()
    assert 'data-unsaved="The other list on this page has changes' in page
    assert "followers/channels.js" in page


def test_several_scenes_are_named_at_once(account, editor):
    data = {
        "account": [account.pk] * 3,
        "scene": ["7", "store", "8"],
        "name": [" Seven ", "Store", ""],
        "group": ["North", "", "North"],
    }
    page = editor.post(f"{CHANNELS}name/", data, follow=True, headers=ENGLISH)
    assert "Named 2 scenes." in page.content.decode()
    assert named() == [("7", "Seven", "North"), ("store", "Store", "")]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 101},
        {"group": "x" * 101},
        {"scene": "x" * 65},
        {"account": "x"},
        {"name": "a\0"},
    ],
)
def test_what_is_too_long_or_foreign_is_not_saved(account, editor, change):
    data = {"account": account.pk, "scene": "7", "name": "Seven", "group": "", **change}
    page = editor.post(f"{CHANNELS}name/", data, follow=True, headers=ENGLISH)
    assert "Not saved" in page.content.decode()
    assert named() == []


def test_scenes_of_foreign_accounts_cannot_be_named(foreign, editor):
    data = {"account": foreign.pk, "scene": "7", "name": "Seven", "group": ""}
    editor.post(f"{CHANNELS}name/", data)
    assert named() == []


def test_a_name_that_somebody_else_gave_meanwhile_stays(account, editor, shop):
    data = {"account": account.pk, "scene": "1043", "name": "Late", "group": ""}
    editor.post(f"{CHANNELS}name/", data)
    assert named() == [("1043", "南京西路店", "华东")]


def test_naming_is_a_post(editor):
    assert editor.get(f"{CHANNELS}name/").status_code == 405


# --- files ------------------------------------------------------------------------------------


def upload(client, account, text: str | bytes, **data: str):
    content = text.encode() if isinstance(text, str) else text
    data = {"account": account.pk, "file": SimpleUploadedFile("c.csv", content), **data}
    return client.post(f"{CHANNELS}import/", data, headers=ENGLISH)


def test_a_file_is_shown_before_it_is_imported(account, editor, shop):
    page = upload(editor, account, "scene,name,group\n1043,New,\n7,Seven,North\n8,,\n")
    assert named() == [("1043", "南京西路店", "华东")]
    assert "Line 4: The name is missing." in page.content.decode()
    again = {"account": account.pk, "text": page.context["text"], "apply": "1"}
    assert editor.post(f"{CHANNELS}import/", again).status_code == 302
    assert named() == [("1043", "New", ""), ("7", "Seven", "North")]


def test_the_lines_left_out_are_a_file_to_put_right(account, editor):
    """Many more of them than the page shows, each as it stood in the file."""
    bad = "".join(f"{number},,East,x\n" for number in range(1, 151))
    page = upload(editor, account, f"scene,name,group,city\n=1+1,,\n{bad}")
    assert "Download these lines with their reasons" in page.text
    left_out = {"left_out": page.context["left_out"]}
    file = editor.post(f"{CHANNELS}import/", left_out, headers=ENGLISH)
    assert file["Content-Disposition"].endswith('.csv"')
    header, first, *others = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    assert header == ["scene", "name", "group", "city", "line", "reason"]
    assert first == ["'=1+1", "", "", "", "2", first[-1]]
    assert others[-1] == ["150", "", "East", "x", "152", "The name is missing."]
    upload(editor, account, file.content.decode().replace("150,,", "150,Shop,"), apply="1")
    assert named() == [("150", "Shop", "East")]


def test_a_file_of_lines_left_out_is_never_too_large_to_be_sent(account, editor):
    """Twice as many bytes as a form may send, in a column that nobody reads."""
    bad = "".join(f"{number},,{'说' * 30_000}\n" for number in range(1, 251))
    page = upload(editor, account, f"scene,name,story\n{bad}")
    assert "The file has the first 33 of them." in page.text
    file = editor.post(f"{CHANNELS}import/", {"left_out": page.context["left_out"]})
    assert file.status_code == 200
    assert len(list(csv.reader(io.StringIO(file.content.decode())))) == 1 + 33


def test_nothing_left_out_is_no_file(account, editor):
    page = upload(editor, account, "scene,name\n7,Seven\n")
    assert "Download these lines" not in page.text


def test_whoever_may_not_import_gets_no_file_either(account, make_staff):
    viewer = make_staff(account, "view_channel")
    assert viewer.post(f"{CHANNELS}import/", {"left_out": "x"}).status_code == 403


def test_a_file_that_cannot_be_read_says_why(account, editor):
    page = upload(editor, account, "a,b\n1,2\n").content.decode()
    assert "No line names the columns: scene, name and group" in page


def test_nothing_is_imported_into_foreign_accounts(foreign, editor):
    upload(editor, foreign, "scene,name\n7,Seven\n", apply="1")
    assert named() == []


def test_hostile_lines_are_shown_as_text(account, editor):
    page = upload(editor, account, f"scene,name\n7,\n{HOSTILE},\n9,{HOSTILE}\n9,x\n")
    assert "<script>alert" not in page.content.decode()


def test_the_export_can_be_imported_again(account, editor, shop):
    Channel.objects.create(account=account, scene="-7", name="=1+1", group="'quoted")
    content = editor.get(f"{CHANNELS}export/").content
    assert b"'=1+1" in content
    before = named()
    Channel.objects.all().delete()
    upload(editor, account, content, apply="1")
    assert named() == before


def test_an_export_is_of_one_account(account, foreign, admin_client, shop):
    Channel.objects.create(account=foreign, scene="1", name="elsewhere")
    assert admin_client.get(f"{CHANNELS}export/").status_code == 302
    text = admin_client.get(f"{CHANNELS}export/?account__id__exact={account.pk}").content.decode()
    assert "南京西路店" in text
    assert "elsewhere" not in text


def test_a_file_near_the_limit_can_be_imported_after_the_preview(account, editor):
    text = "scene,name,group\n" + "".join(f"{n},{'名' * 90},\n" for n in range(10_000))
    text = text.encode("gb18030")[:1_999_900].decode("gb18030").rpartition("\n")[0]
    page = upload(editor, account, text.encode("gb18030"))
    again = {"account": account.pk, "text": page.context["text"], "apply": "1"}
    assert len(again["text"].encode()) > 2_621_440
    assert editor.post(f"{CHANNELS}import/", again).status_code == 302
    assert Channel.objects.count() == text.count("\n")


def test_a_workbook_is_shown_before_it_is_imported(account, editor, shop):
    book = Workbook()
    for row in (
        ("scene", "name", "group"),
        (1043, "新店", "华东"),
        ("7", "#N/A", ""),
        ("8", "x", ""),
    ):
        book.active.append(row)
    book.active.row_dimensions[4].hidden = True
    page = upload(editor, account, saved(book).getvalue())
    text = page.text
    assert "“#N/A” is the error of a formula" in text
    assert "Sheet: Sheet" in text
    assert "1 line is hidden in the sheet, by a filter or by hand, and is left out." in text
    assert "南京西路店 · 华东" in text
    again = {"account": account.pk, "text": page.context["text"], "apply": "1"}
    editor.post(f"{CHANNELS}import/", again)
    assert named() == [("1043", "新店", "华东")]


def test_hidden_lines_are_imported_when_so_chosen(account, editor):
    book = Workbook()
    for row in (("scene", "name"), ("8", "x")):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    upload(editor, account, saved(book).getvalue(), apply="1", include_hidden="on")
    assert named() == [("8", "x", "")]


def test_without_scenes_nobody_is_told_to_fill_in_what_is_not_there(admin_client):
    page = admin_client.get("/admin/followers/channel/", headers={"accept-language": "en"}).text
    assert "Enter the names above" not in page
    assert "are offered here" in page
