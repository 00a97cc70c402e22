"""Upload, preview, confirm; and who may not."""

import zlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from followers.imports.beginning import fingerprint
from followers.models import EditRun, ImportFile
from tests.imports.workbooks import workbook
from tests.people import follow

ADDRESS = "/admin/followers/follower/import/"
FILE = "openid,remark,tags,city\noA1,Li,Fresh,x\noNobody,Li,,\n"


@pytest.fixture
def importer(make_staff, account):
    follow(account, "oA1")
    return make_staff(account, "view_follower", "view_officialaccount", "import_followers")


def upload(client, account, text=FILE):
    file = SimpleUploadedFile("vip.csv", text.encode())
    return client.post(ADDRESS, {"account": account.pk, "file": file})


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


def test_a_workbook_is_kept_as_csv_and_known_by_its_own_mark(importer, account):
    book = workbook(["openid", "备注"], ["oA1", "two\nlines, and a comma"], [], ["oNobody", "Li"])
    file = SimpleUploadedFile("vip.xlsx", book.getvalue())
    preview = importer.post(ADDRESS, {"account": account.pk, "file": file}).url
    kept = zlib.decompress(bytes(ImportFile.objects.get().content)).decode()
    assert kept.startswith('openid,备注\r\noA1,"two\nlines, and a comma"\r\n')
    # The number of the workbook's own row.
    assert "第 4 行" in importer.get(preview).text
    importer.post(preview)
    assert not EditRun.objects.exists()
    fixed = workbook(["openid", "备注"], ["oA1", "Li"])
    file = SimpleUploadedFile("vip.xlsx", fixed.getvalue())
    importer.post(importer.post(ADDRESS, {"account": account.pk, "file": file}).url)
    assert EditRun.objects.get().import_mark == fingerprint(fixed, replace_tags=False)


def test_the_lines_left_out_as_csv(importer, account):
    text = importer.get(upload(importer, account).url + "problems/").content.decode()
    assert text.splitlines()[1].startswith("3,")


def test_a_broken_file_is_refused_in_words(importer, account):
    answer = upload(importer, account, "name\nx\n")
    assert answer.status_code == 200
    assert "openid" in answer.context["form"].errors["file"][0]
    assert not ImportFile.objects.exists()


def test_without_the_permission(staff, importer, account):
    preview = upload(importer, account).url
    for address in (ADDRESS, preview, f"{preview}problems/"):
        assert staff.get(address).status_code == 403
        assert staff.post(address).status_code == 403
    assert ADDRESS not in staff.get("/admin/followers/follower/").content.decode()
    assert ADDRESS in importer.get("/admin/followers/follower/").content.decode()
    assert not EditRun.objects.exists()


def test_a_foreign_account_and_another_users_file(importer, make_staff, account, foreign):
    assert "account" in upload(importer, foreign).context["form"].errors
    other = make_staff(account, "view_follower", "import_followers")
    assert other.get(upload(importer, account).url).status_code == 404


def test_old_files_are_forgotten(importer, account):
    upload(importer, account)
    ImportFile.objects.update(uploaded_at=timezone.now() - timedelta(days=2))
    importer.get(ADDRESS)
    assert not ImportFile.objects.exists()
