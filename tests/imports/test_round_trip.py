"""What the export writes, the import reads: in every form that a spreadsheet makes of the file."""

import csv
import io

import pytest

from followers.export import export
from followers.imports.comparing import Comparison
from followers.imports.options import Options
from followers.models import Follower, FollowerTag, Tag
from tests.factories import follow, make_unsubscribed
from tests.files.workbooks import workbook

from .tables import lines_of

TAGS = ["a;b", "back\\slash", "=1+1", "'=x", "会员;\\", "-", " spaced ", "；"]
# The last two came from WeChat's console, where a remark may be longer than the API allows.
REMARKS = [
    "",
    "=cmd|'/c'!A1",
    "'+1",
    "a;b,c\\",
    '"老"客户',
    "@老客户" * 4,
    " \t老客户老客户老客户老客户",
]
NOTES = ["", "-1", 'first\nsecond "quoted"', "；,;\\", "'", " kept ", "x" * 2_000]


@pytest.fixture
def people(account):
    tags = [Tag(account=account, wechat_id=100 + n, name=name) for n, name in enumerate(TAGS)]
    tags = Tag.objects.bulk_create(tags)
    for number, (remark, note) in enumerate(zip(REMARKS, NOTES, strict=True)):
        person = follow(account, f"-o{number}", remark=remark, note=note)
        person.tags.add(*tags[: number + 2])
    make_unsubscribed(account, "oGone", remark="Li", note="x").tags.add(tags[0])
    return account


def saved(text, encoding, mark):
    """As a spreadsheet saves it anew."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    if encoding == "xlsx":
        return workbook(*rows)
    page = io.StringIO()
    csv.writer(page, delimiter=mark).writerows(rows)
    return io.BytesIO(page.getvalue().encode(encoding))


FORMS = [
    *[(code, mark) for code in ("utf-8", "utf-8-sig", "gb18030") for mark in ",;\t"],
    ("xlsx", ""),
]


@pytest.mark.parametrize(("encoding", "mark"), FORMS)
def test_an_exported_file_changes_nothing_and_brings_back_everything(people, encoding, mark):
    everybody = Follower.objects.filter(account=people)
    text = "".join(export(everybody, account=people, filters={}, notes=True))
    file = saved(text, encoding, mark)
    replaced = Options(replace_tags=True)
    same = Comparison(people, replaced)
    assert list(same.problems(lines_of(file.getvalue()))) == []
    assert (same.lines, same.changes, same.created) == (8, 0, [])

    had = dict(everybody.filter(openid__lt="-o5", openid__gt="-o0").values_list("pk", "remark"))
    notes = dict(everybody.filter(pk__in=had).values_list("pk", "note"))
    everybody.filter(subscribed=True).update(remark="", note="")
    FollowerTag.objects.filter(follower__subscribed=True).delete()
    back = Comparison(people, replaced)
    problems = list(back.problems(lines_of(file.getvalue())))
    assert [problem.number for problem in problems] == [7, 8]
    assert (back.remarks, back.notes) == (had, notes)
    assert {name: len(who) for name, who in back.added.items()} == dict(
        zip(TAGS, [5, 5, 4, 3, 2, 1], strict=False)
    )
