"""Upload, preview, confirm; and who may not."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from followers.admin.followers import import_views
from followers.imports.options import Options, digest_of
from followers.imports.waiting import MAX_OF_ONE_PERSON, forget_old
from followers.models import EditRun, FollowerTag, ImportFile, Tag
from tests.factories import follow
from tests.files.workbooks import saved, workbook

ADDRESS = "/admin/followers/follower/import/"
FILE = "openid,remark,tags,city\noA1,Li,Fresh,x\noNobody,Li,,\n"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def importer(make_staff, account):
    follow(account, "oA1")
    return make_staff(account, "view_follower", "view_officialaccount", "import_followers")


def upload(client, account, content=FILE, name="vip.csv", **data):
    content = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, content)
    return client.post(ADDRESS, {"account": account.pk, "file": file, **data})


def page_of(client, address):
    return client.get(address, headers=ENGLISH).text


def test_a_file_is_uploaded_previewed_and_confirmed(importer, account):
    preview = upload(importer, account).url
    page = importer.get(preview).content.decode()
    assert "vip.csv" in page
    assert "Fresh" in page
    assert "city" in page
    assert "第 3 行" in page
    # The new tag, and what the line gives the follower: as many as the run will count.
    assert "执行 3 项修改" in page
    assert not EditRun.objects.exists()
    begun = importer.post(preview).url
    run = EditRun.objects.get()
    assert begun == f"/admin/followers/editrun/{run.pk}/change/"
    assert run.selected == 3
    assert [step.action for step in run.steps.all()] == ["create_tag", "tag", "remark"]
    assert bytes(ImportFile.objects.get().content) == b""
    assert importer.post(preview).url == begun
    assert EditRun.objects.count() == 1


def test_the_preview_shows_what_is_there_and_what_will_be(importer, account):
    person = follow(account, "oA2", remark="Old remark", note="Old note")
    tag = Tag.objects.create(account=account, wechat_id=101, name="VIP")
    FollowerTag.objects.create(tag=tag, follower=person)
    preview = upload(importer, account, "openid,remark,tags,note\noA2,New,Gold,New note\n").url
    context = importer.get(preview, headers=ENGLISH).context
    (sample,) = context["samples"]
    assert sample["texts"] == [
        ("remark", "Old remark", "New"),
        ("tags", "VIP", "Gold; VIP"),
        ("internal note", "Old note", "New note"),
    ]
    page = page_of(importer, preview)
    assert "1 remark that WeChat has now is overwritten." in page
    assert "1 internal note is overwritten." in page
    assert "Gold (1 follower)" in page


def test_commas_are_asked_about_and_split_unless_they_are_kept(importer, account):
    preview = upload(importer, account, "openid,tags\noA1,老客户，新客\n").url
    assert "Make 4 changes" in page_of(importer, preview)
    again = importer.post(preview, {"options": "1", "keep_commas": "1"}).url
    assert again == preview
    assert "Make 2 changes" in page_of(importer, preview)
    importer.post(preview)
    assert EditRun.objects.get().steps.first().name == "老客户，新客"


def hidden_line():
    book = Workbook()
    for row in (("openid", "remark"), ("oA1", "Li"), ("oNobody", "x")):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    book.active.title = "名单"
    book.create_sheet("说明")
    return saved(book).getvalue()


def test_hidden_lines_are_left_out_until_somebody_ticks(importer, account):
    preview = upload(importer, account, hidden_line(), "vip.xlsx").url
    page = page_of(importer, preview)
    assert "Sheet: 名单" in page
    assert "Other sheets, which are not read: 说明" in page
    assert "1 line is hidden in the sheet, by a filter or by hand, and is left out." in page
    assert "Nothing would change" in page
    importer.post(preview, {"options": "1", "include_hidden": "1"})
    assert "Make 1 changes" in page_of(importer, preview)
    other = upload(importer, account, hidden_line(), "vip.xlsx", include_hidden="on").url
    assert "Make 1 changes" in page_of(importer, other)


def test_columns_are_chosen_by_hand_where_nobody_knows_them(importer, account):
    openid = "o" + "A" * 27
    follow(account, openid)
    preview = upload(importer, account, f"会员,姓名,城市\n{openid},Li,x\n").url
    columns = importer.get(preview).url
    assert columns == f"{preview}columns/"
    page = importer.get(columns, headers=ENGLISH)
    assert "No line names the columns" in page.text
    # What looks like openids is suggested.
    assert page.context["form"].selects[0].value() == "openid"
    wrong = importer.post(columns, {"header_row": "1", "column0": "openid"}, headers=ENGLISH)
    assert "at least one other" in wrong.text
    twice = {"header_row": "1", "column0": "openid", "column1": "remark", "column2": "remark"}
    assert "same meaning" in importer.post(columns, twice, headers=ENGLISH).text
    chosen = {"header_row": "1", "column0": "openid", "column1": "remark"}
    assert importer.post(columns, chosen).url == preview
    page = page_of(importer, preview)
    assert "Make 1 changes" in page
    assert "Columns that are not read: 城市" in page


def test_a_column_that_stands_twice_is_chosen_by_hand(importer, account):
    preview = upload(importer, account, "openid,remark,remark\noA1,Li,Wang\n").url
    assert "stands twice" in page_of(importer, importer.get(preview).url)
    assert importer.get(f"{preview}problems/").url == f"{preview}columns/"


def test_twenty_columns_are_shown_and_more_are_counted(importer, account):
    names = ",".join(f"c{number}" for number in range(30))
    preview = upload(importer, account, f"openid,remark,{names}\noA1,Li\n").url
    page = page_of(importer, preview)
    assert "c19 … and 10 more" in page
    assert "c20" not in page
    assert len(importer.get(f"{preview}columns/").context["form"].selects) == 20


def test_a_workbook_is_known_by_its_own_mark(importer, account):
    book = workbook(["openid", "备注"], ["oA1", "two\nlines, and a comma"], [], ["oNobody", "Li"])
    preview = upload(importer, account, book.getvalue(), "vip.xlsx").url
    # The number of the workbook's own row.
    assert "第 4 行" in importer.get(preview).text
    importer.post(preview)
    assert not EditRun.objects.exists()
    fixed = workbook(["openid", "备注"], ["oA1", "Li"])
    importer.post(upload(importer, account, fixed.getvalue(), "vip.xlsx").url)
    assert EditRun.objects.get().import_fingerprint == Options().fingerprint(digest_of(fixed))


def test_the_lines_left_out_as_they_stand_in_the_file(importer, account):
    preview = upload(importer, account, FILE + '=1+1,"a, b",,\n').url
    answer = importer.get(f"{preview}problems/", headers=ENGLISH)
    text = answer.getvalue().decode()
    assert answer.streaming
    assert text.startswith("\ufeff")
    header, first, second = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert header == ["openid", "remark", "tags", "city", "line", "reason"]
    assert first[:5] == ["oNobody", "Li", "", "", "3"]
    assert "no follower with this openid" in first[5]
    assert second[:5] == ["'=1+1", "a, b", "", "", "4"]
    # It can be put right and imported as it is.
    mended = text.replace("oNobody", "oA1")
    assert "Make 1 changes" in page_of(importer, upload(importer, account, mended).url)


def test_a_template_is_filled_in_and_imported(importer, account):
    template = importer.get(f"{ADDRESS}template/")
    book = load_workbook(io.BytesIO(template.content))
    assert [cell.value for cell in book.active[1]] == ["OpenID", "备注名", "标签", "内部备注"]
    assert book.active.column_dimensions["B"].number_format == "@"
    book.active.append(["oA1", "Li"])
    preview = upload(importer, account, saved(book).getvalue(), "t.xlsx").url
    assert "Make 1 changes" in page_of(importer, preview)


def test_progress_is_told_to_whoever_uploads(importer, account, make_staff):
    address = f"{ADDRESS}progress/token-1/"
    assert importer.get(address).json() == {"share": None}
    lines = "".join(f"oA{number},x\n" for number in range(60_000))
    upload(importer, account, f"openid,remark\n{lines}", progress="token-1")
    assert 0 < importer.get(address).json()["share"] <= 1
    other = make_staff(account, "view_follower", "import_followers")
    assert other.get(address).json() == {"share": None}


def test_the_latest_files_of_a_person_wait(importer, account):
    previews = [upload(importer, account).url for _ in range(MAX_OF_ONE_PERSON + 1)]
    assert importer.get(previews[0]).url == ADDRESS
    assert [importer.get(preview).status_code for preview in previews[1:]] == [200] * 5


def test_the_worker_forgets_files_of_yesterday(importer, account):
    upload(importer, account)
    forget_old()
    assert ImportFile.objects.exists()
    ImportFile.objects.update(uploaded_at=timezone.now() - timedelta(days=1, minutes=1))
    forget_old()
    assert not ImportFile.objects.exists()


def test_a_broken_file_is_refused_in_words(importer, account):
    answer = upload(importer, account, 'openid,remark\noA1,"x\n')
    assert answer.status_code == 200
    assert "第 2 行" in answer.context["form"].errors["file"][0]
    assert not ImportFile.objects.exists()


def test_without_the_permission(staff, importer, account):
    preview = upload(importer, account).url
    pages = ("template/", "progress/x/")
    addresses = [ADDRESS, preview, *(f"{ADDRESS}{page}" for page in pages)]
    for address in (*addresses, f"{preview}problems/", f"{preview}columns/"):
        assert staff.get(address).status_code == 403
        assert staff.post(address).status_code == 403
    assert ADDRESS not in staff.get("/admin/followers/follower/").content.decode()
    assert ADDRESS in importer.get("/admin/followers/follower/").content.decode()
    assert not EditRun.objects.exists()


def test_a_foreign_account_and_another_users_file(importer, make_staff, account, foreign):
    assert "account" in upload(importer, foreign).context["form"].errors
    other = make_staff(account, "view_follower", "import_followers")
    theirs, none = upload(importer, account).url, f"{ADDRESS}987654/"
    for page in ("", "columns/", "problems/"):
        for address in (theirs, none):
            assert other.get(f"{address}{page}", headers=ENGLISH).url == ADDRESS
            assert "no longer kept" in page_of(other, ADDRESS)


def test_a_file_that_is_gone_is_to_be_uploaded_again(importer, account):
    preview = upload(importer, account).url
    ImportFile.objects.all().delete()
    for ask in (importer.get, importer.post):
        assert ask(preview, headers=ENGLISH).url == ADDRESS
        assert "This file is no longer kept. Upload it again." in page_of(importer, ADDRESS)
    assert not EditRun.objects.exists()


def test_old_files_are_forgotten(importer, account):
    upload(importer, account)
    ImportFile.objects.update(uploaded_at=timezone.now() - timedelta(days=2))
    importer.get(ADDRESS)
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("openid,remark" + ",x" * 300_000, "more than 200 columns"),
        ("openid,remark\n" + "o,x\n" * 200_021, "at most 200,000 lines"),
        ("openid,remark\noA1,老客戶\n".encode("big5"), "seems to be text in Big5"),
        (b"%PDF-1.7", "a text document or a presentation"),
    ],
)
def test_files_that_are_refused_say_what_to_do(importer, account, content, sentence):
    content = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("x.csv", content)
    answer = importer.post(ADDRESS, {"account": account.pk, "file": file}, headers=ENGLISH)
    assert sentence in answer.context["form"].errors["file"][0]
    assert not ImportFile.objects.exists()


def test_confirming_what_another_tab_has_put_away(importer, account, monkeypatch):
    preview = upload(importer, account).url
    lock = import_views.lock_account

    def meanwhile(account):
        ImportFile.objects.all().delete()
        lock(account)

    monkeypatch.setattr(import_views, "lock_account", meanwhile)
    assert importer.post(preview).url == ADDRESS
    assert not EditRun.objects.exists()


@pytest.mark.parametrize("what", ["follower", "channel"])
def test_without_an_account_there_is_no_form(admin_client, what):
    address = f"/admin/followers/{what}/import/"
    page = admin_client.get(address, headers={"accept-language": "en"}).text
    assert "There is no account to import into yet" in page
    assert 'type="file"' not in page
