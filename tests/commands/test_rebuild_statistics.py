import errno
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from followers.history.recount import figure_differences, following_difference, recount
from followers.management import output
from followers.models import DailyFigures, OfficialAccount
from tests.history.random_rows import fill


@pytest.fixture
def counted(account):
    fill(account, 60)
    recount(account.pk)
    account.refresh_from_db()
    return account


def run(*arguments):
    """The lines of standard output, and the exit status."""
    out = StringIO()
    try:
        with override("en"):
            call_command("rebuild_statistics", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue().splitlines(), ended.code
    return out.getvalue().splitlines(), 0


def damage(account):
    DailyFigures.objects.filter(pk=DailyFigures.objects.earliest("day").pk).delete()
    OfficialAccount.objects.filter(pk=account.pk).update(following=account.following + 7)


def test_where_everything_agrees_it_says_so(counted):
    assert run() == ([f"{counted.app_id} Tea House: Everything agreed."], 0)
    assert run("--check") == run()


def test_what_differs_is_told_and_corrected(counted):
    damage(counted)
    lines, status = run(counted.app_id)
    assert status == 0
    assert lines[0].endswith("differed: 1")
    assert lines[1].endswith(f"kept: {counted.following + 7}, counted: {counted.following}")
    assert run() == ([f"{counted.app_id} Tea House: Everything agreed."], 0)
    assert_corrected(counted)


def test_a_check_corrects_nothing(counted):
    damage(counted)
    for _ in range(2):
        lines, status = run("--check")
        assert (len(lines), status) == (2, 3)


def test_all_accounts_or_those_that_are_named(counted):
    OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    assert len(run()[0]) == 2
    lines, _status = run("wx0000000000000001")
    assert lines == [
        "wx0000000000000001 Other: There is nothing to count before the first complete list of "
        "followers."
    ]


def test_another_time_zone_is_told(counted, settings):
    settings.TIME_ZONE = "UTC"
    lines, status = run("--check")
    assert (status, lines[0].endswith("Not counted yet in days of the time zone UTC.")) == (3, True)
    assert run()[0][0].endswith("Counted in days of the time zone UTC.")
    assert run("--check")[1] == 0


def test_an_unknown_account_is_refused_before_anything_is_counted(counted):
    damage(counted)
    with pytest.raises(CommandError) as refused:
        run(counted.app_id, "wx0000000000000000")
    assert refused.value.returncode == 2
    assert run("--check")[1] == 3


def test_an_app_id_of_odd_bytes_is_unknown(counted):
    with pytest.raises(CommandError) as refused:
        run("wx\udcff")
    assert refused.value.returncode == 2
    assert str(refused.value).isprintable()


def test_a_reader_that_has_gone_keeps_no_account_from_being_corrected(counted, monkeypatch):
    other = OfficialAccount.objects.create(
        name="Other", app_id="wx0000000000000001", baseline_at=counted.baseline_at, following=7
    )
    damage(counted)

    class Closed(StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(output, "_silence_stdout", lambda: None)
    call_command("rebuild_statistics", stdout=Closed())
    for account in (counted, other):
        assert_corrected(account)


def assert_corrected(account):
    account.refresh_from_db()
    assert figure_differences(account) == []
    assert following_difference(account.pk) is None


class FullDisk(StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_keeps_no_account_from_being_corrected(counted, monkeypatch):
    monkeypatch.setattr(output, "_silence_stdout", lambda: None)
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    OfficialAccount.objects.update(baseline_at=counted.baseline_at)
    recount(other.pk)
    damage(counted)
    other.refresh_from_db()
    OfficialAccount.objects.filter(pk=other.pk).update(following=7)
    with pytest.raises(CommandError, match="No space left"):
        call_command("rebuild_statistics", stdout=FullDisk())
    for account in (counted, other):
        assert_corrected(account)
