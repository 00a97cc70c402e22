"""Files keep few of the web server's threads: whoever comes on top is told so, and soon."""

import threading
from contextlib import ExitStack

import pytest

from followers.admin.shared import file_slots as places
from followers.files.errors import FileError
from followers.models import EditRun, ImportFile
from tests.admin.channels import test_admin as test_channels
from tests.admin.followers.test_import_views import ENGLISH, upload
from tests.factories import follow


@pytest.fixture
def importer(make_staff, account):
    follow(account, "oA1")
    return make_staff(account, "view_follower", "view_officialaccount", "import_followers")


@pytest.fixture
def busy(monkeypatch):
    """All places are taken; waiting for one takes no time."""
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.01)
    with ExitStack() as held:
        for _number in range(places.SLOTS):
            held.enter_context(places.file_slot())
        yield held


def test_who_comes_while_files_are_read_is_told_so(importer, account, busy):
    errors = upload(importer, account).context["form"].errors
    assert "正在读取其他文件" in errors["file"][0]
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize("page", ["", "columns/", "problems/"])
def test_pages_of_a_file_keep_no_thread_waiting(importer, account, request, page):
    preview = upload(importer, account).url
    busy = request.getfixturevalue("busy")
    for ask in (importer.get, importer.post):
        answer = ask(f"{preview}{page}", headers=ENGLISH)
        assert answer.status_code == 503
        assert answer["Retry-After"] == answer["Refresh"] == "5"
        assert "Other files are being read" in answer.text
    assert not EditRun.objects.exists()
    busy.close()
    assert importer.get(f"{preview}{page}").status_code == 200


def test_a_file_that_is_sent_keeps_its_place_until_its_end(importer, account, monkeypatch):
    monkeypatch.setattr(places, "WAIT_SECONDS", 0.01)
    preview = upload(importer, account).url
    answers = [importer.get(f"{preview}problems/") for _ in range(places.SLOTS)]
    assert importer.get(preview).status_code == 503
    answers[0].getvalue()
    assert importer.get(preview).status_code == 200
    # The client has gone away.
    answers[1].close()
    with places.file_slot(), places.file_slot():
        pass


def test_one_waits_and_the_others_are_told_at_once(monkeypatch):
    """The web server's last thread is never one that waits."""
    monkeypatch.setattr(places, "WAIT_SECONDS", 60)
    with (
        places._queue,
        places.file_slot(),
        places.file_slot(),
        pytest.raises(FileError, match="busy"),
        places.file_slot(),
    ):
        pass


def test_whoever_waits_gets_the_place_that_becomes_free(busy, monkeypatch):
    monkeypatch.setattr(places, "WAIT_SECONDS", 30)
    threading.Timer(0.2, busy.close).start()
    with places.file_slot():
        pass


def test_files_of_channels_take_the_same_places(account, make_staff, busy):
    editor = make_staff(account, *test_channels.ALL)
    answer = test_channels.upload(editor, account, "scene,name\n7,Seven\n")
    assert "Other files are being read at the moment." in answer.text
