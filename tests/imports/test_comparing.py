import pytest

from followers.files.problems import Problem
from followers.imports import comparing
from followers.imports.comparing import Comparison, Sample
from followers.imports.options import Options
from followers.imports.reading import Line
from followers.models import FollowerTag, OfficialAccount, Tag
from tests.factories import follow, make_unsubscribed

pytestmark = pytest.mark.django_db
LONG = "老客户" * 4


@pytest.fixture
def tags(account):
    """WeChat's own three, and VIP, Old and New."""
    names = {0: "Nobody", 1: "Black", 2: "Star", 100: "VIP", 101: "Old", 102: "New"}
    return {
        name: Tag.objects.create(account=account, wechat_id=number, name=name)
        for number, name in names.items()
    }


@pytest.fixture
def person(account, tags):
    """oA1 with the tag VIP."""
    person = follow(account, "oA1", remark=LONG, note="Called.")
    FollowerTag.objects.create(tag=tags["VIP"], follower=person)
    return person


def compare(account, *lines, replace=False, seen_by=(), keep=False):
    """The comparison, and its problems."""
    options = Options(replace_tags=replace, keep_commas=keep)
    found = Comparison(account, options, seen_by=seen_by)
    return found, list(found.problems(lines))


def reason(account, *lines, **options):
    """Why the last of these lines is left out; the others must be good."""
    found, problems = compare(account, *lines, **options)
    assert [problem.number for problem in problems] == [lines[-1].number]
    assert (found.bad, found.lines) == (1, len(lines))
    return problems[0].text


def named(members):
    return {name: list(who) for name, who in members.items() if who}


def test_only_what_differs_is_a_change(account, person):
    line = Line(2, "oA1", LONG, ("VIP", "New"), "Called.")
    found, problems = compare(account, line)
    assert problems == []
    assert named(found.added) == {"New": [person.id]}
    assert (found.changes, found.good, found.remarks, found.notes) == (1, 1, {}, {})


def test_a_remark_and_a_note(account, person):
    found, _problems = compare(account, Line(2, "oA1", remark="Li", note="Wrote."))
    assert (found.remarks, found.notes) == ({person.id: "Li"}, {person.id: "Wrote."})


def test_an_empty_cell_changes_nothing(account, person):
    assert compare(account, Line(2, "oA1"), replace=True)[0].changes == 0


def test_replacing_takes_what_the_line_does_not_name(account, person, tags):
    for name in ("Black", "Star", "Old"):
        FollowerTag.objects.create(tag=tags[name], follower=person)
    found, problems = compare(account, Line(2, "oA1", tags=("New", "VIP")), replace=True)
    assert problems == []
    assert named(found.added) == {"New": [person.id]}
    assert named(found.removed) == {"Star": [person.id], "Old": [person.id]}


def test_without_replacing_nothing_is_taken(account, person):
    assert compare(account, Line(2, "oA1", tags=("New",)))[0].tags_removed == 0


def test_missing_tags_are_created_once(account, person):
    other = follow(account, "oA2")
    lines = Line(2, "oA1", tags=("B", "A")), Line(3, "oA2", tags=("A",))
    found, problems = compare(account, *lines)
    assert (problems, found.created) == ([], ["A", "B"])
    assert named(found.added) == {"A": [person.id, other.id], "B": [person.id]}


def test_a_bad_line_is_left_out_altogether(account, person):
    text = reason(account, Line(2, "oA1", "x" * 31, ("Fresh",), "Wrote."))
    assert "31 bytes" in text
    found, _problems = compare(account, Line(2, "oA1", "x" * 31, ("Fresh",), "Wrote."))
    assert (found.changes, found.created) == (0, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (Line(7, "", "x"), "openid is missing"),
        (Line(7, "oNobody", "x"), "no follower with this openid"),
        (Line(7, "oA1", "x" * 31), "31 bytes"),
        (Line(7, "oA1", "老" * 11), "33 bytes"),
        (Line(7, "oA1", "a\nb"), "line breaks"),
        (Line(7, "oA1", note="x" * 2001), "2,000"),
        (Line(7, "oA1", tags=("老" * 11,)), "33 bytes"),
        (Line(7, "oA1", tags=("a\tb",)), "line breaks"),
        (Line(7, "oA1", "#N/A"), "“#N/A” is the error of a formula"),
        (Line(7, "oA1", tags=("VIP", "#REF!")), "“#REF!” is the error"),
        (Line(7, "oA1", note="#NAME?"), "“#NAME?” is the error"),
        (Line(7, "#N/A", "x"), "“#N/A” is the error"),
        (Line(7, "oA1", "1.38E+10"), "rounded"),
        (Line(7, "oA1", tags=("1.38E+10",)), "rounded"),
        (Line(7, "oA1", "\ue085め"), "wrong encoding"),
        (Line(7, "oA1", tags=("锟斤拷",)), "wrong encoding"),
        (Line(7, "oA1", "x", uncalculated=("tags",)), "column tags holds a formula"),
        (Line(7, "", uncalculated=("openid",)), "column openid holds a formula"),
        (Line(7, "oA1", tags=("Black",)), "belongs to WeChat"),
        (Line(7, "oA1", tags=tuple(f"t{n}" for n in range(20))), "21 tags"),
    ],
)
def test_what_is_wrong_with_a_line(account, person, line, words):
    assert words in reason(account, line)


def test_remarks_and_names_of_exactly_thirty_bytes_are_good(account, person):
    assert compare(account, Line(2, "oA1", "老" * 10, ("老" * 10,)))[1] == []


def test_twenty_tags_are_good(account, person):
    assert compare(account, Line(2, "oA1", tags=tuple(f"t{n}" for n in range(19))))[1] == []


def test_a_star_can_be_given(account, person):
    assert compare(account, Line(2, "oA1", tags=("Star",)))[1] == []


def test_an_openid_that_stands_twice(account, person, monkeypatch):
    monkeypatch.setattr(comparing, "CHUNK", 2)
    follow(account, "oA2")
    lines = [Line(2, "oA1", "x"), Line(3, "oA2", "x"), Line(4, "oA1", "y")]
    assert "earlier line" in reason(account, *lines)


def test_openids_differ_in_case(account, person):
    other = follow(account, "oa1")
    found, problems = compare(account, Line(2, "oA1", "x"), Line(3, "oa1", "y"))
    assert (problems, found.remarks) == ([], {person.id: "x", other.id: "y"})


def test_another_accounts_follower(account, person):
    other = OfficialAccount.objects.create(name="Book Shop", app_id="wx0000000000000002")
    follow(other, "oB1")
    seen = reason(account, Line(2, "oB1", "x"), seen_by=[account.pk, other.pk])
    assert "another account: Book Shop" in seen
    assert "no follower" in reason(account, Line(2, "oB1", "x"), seen_by=[account.pk])


def test_who_has_left_gets_a_note_alone(account, tags):
    make_unsubscribed(account, "oA1", note="Called.")
    assert compare(account, Line(2, "oA1", note="Wrote."))[0].changes == 1
    assert "no longer follows" in reason(account, Line(2, "oA1", "x"))
    assert "no longer follows" in reason(account, Line(2, "oA1", tags=("VIP",)))


def test_who_is_blacklisted_gets_no_tag(account, tags):
    follow(account, "oA1", blacklisted=True)
    assert compare(account, Line(2, "oA1", "x"))[0].changes == 1
    assert "blacklist" in reason(account, Line(2, "oA1", tags=("VIP",)))


def test_the_hundredth_tag_is_the_last(account, person):
    for number in range(4, 99):
        Tag.objects.create(account=account, wechat_id=1000 + number, name=f"t{number}")
    for number in (2, 3, 4):
        follow(account, f"oA{number}")
    lines = [Line(n, f"oA{n}", tags=(name,)) for n, name in ((2, "a"), (3, "b"), (4, "c"))]
    assert "one too many" in reason(account, *lines)
    assert compare(account, Line(2, "oA2", tags=("t4",)))[1] == []


def test_lines_are_compared_in_sets(account, person, django_assert_max_num_queries):
    for number in range(2, 500):
        follow(account, f"oA{number}")
    lines = [Line(number + 1, f"oA{number}", "x", ("VIP",)) for number in range(1, 600)]
    with django_assert_max_num_queries(5):
        found, problems = compare(account, *lines)
    assert (len(problems), found.good) == (100, 499)
    assert problems[0] == Problem(501, problems[0].text)


@pytest.mark.parametrize("text", ["#N/A", "1.38E+10", "\ue085め"])
def test_what_reads_so_already_is_no_fault(account, tags, text):
    person = follow(account, "oA1", remark=text, note=text)
    Tag.objects.create(account=account, wechat_id=200, name=text).followers.add(person)
    found, problems = compare(account, Line(2, "oA1", text, (text,), text))
    assert (problems, found.changes, found.created) == ([], 0, [])


@pytest.mark.parametrize("comma", [",", "，", "、", "；", "﹐", "､"])
def test_commas_of_every_kind_separate_tags(account, person, comma):
    name = f"Old{comma} Fresh"
    found, problems = compare(account, Line(2, "oA1", tags=(name,)))
    assert (problems, found.created, sorted(found.added)) == ([], ["Fresh"], ["Fresh", "Old"])
    assert found.tag_names.asked == {name: ["Old", "Fresh"]}


@pytest.mark.parametrize("names", [("；",), ("，",), ("、",), ("，、", "；")])
@pytest.mark.parametrize("keep", [True, False])
def test_separators_alone_are_like_an_empty_cell(account, person, names, keep):
    found, problems = compare(account, Line(2, "oA1", tags=names), replace=True, keep=keep)
    assert (problems, found.changes, found.created, found.tag_names.asked) == ([], 0, [], {})


def test_commas_belong_to_a_name_when_so_chosen(account, person):
    found, _problems = compare(account, Line(2, "oA1", tags=("Old，Fresh",)), keep=True)
    assert found.created == ["Old，Fresh"]
    assert found.tag_names.asked == {"Old，Fresh": ["Old", "Fresh"]}


def test_a_tag_of_exactly_that_name_is_meant_as_it_stands(account, person, tags):
    tag = Tag.objects.create(account=account, wechat_id=300, name="Old，Fresh")
    found, _problems = compare(account, Line(2, "oA1", tags=("Old，Fresh",)))
    assert (found.created, list(found.added), found.tag_names.asked) == ([], [tag.name], {})


def test_a_name_with_marks_that_nobody_sees_is_the_tag_that_looks_so(account, person):
    Tag.objects.create(account=account, wechat_id=300, name="Gold\u200b")
    assert compare(account, Line(2, "oA1", tags=("Gold",)))[0].created == []


def test_overwritten_texts_are_counted(account, person):
    follow(account, "oA2")
    lines = Line(2, "oA1", "Li", note="Wrote."), Line(3, "oA2", "Li", note="Wrote.")
    assert compare(account, *lines)[0].overwritten == {"remark": 1, "note": 1}


def test_samples_show_what_is_there_and_what_will_be(account, person):
    follow(account, "oA2")
    lines = [Line(2, "oA2"), Line(3, "oA1", "Li", ("New",))]
    (sample,) = compare(account, *lines)[0].samples
    assert sample == Sample(3, "oA1", (LONG, "Li"), (["VIP"], ["New", "VIP"]), None)


def test_so_many_samples(account, person):
    for number in range(2, 20):
        follow(account, f"oA{number}")
    lines = [Line(number, f"oA{number}", "x") for number in range(2, 20)]
    assert [sample.number for sample in compare(account, *lines)[0].samples] == list(range(2, 12))
