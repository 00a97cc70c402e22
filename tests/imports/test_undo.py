"""An import that is undone when others have changed a part of it: what goes, and what is said."""

import pytest

from followers.changes.undo import preview_undo, undo
from followers.imports.beginning import begin
from followers.imports.comparing import Comparison
from followers.imports.options import Options
from followers.models import EditRun, Follower, Tag
from followers.rows.bitmaps import unpack
from tests.changes.driver import change, drive, numbers
from tests.sync.truth import tags_here, tags_there

from .tables import lines_of


@pytest.fixture
def three(account, small):
    """Without those whom nobody can tag."""
    return list(Follower.objects.filter(account=account, blacklisted=False).order_by("pk")[:3])


@pytest.fixture
def imported(account, three) -> EditRun:
    """A file has given each of three followers a remark, a note and a new tag."""
    rows = "".join(f"{it.openid},from the file,Fair,noted\n" for it in three)
    found = Comparison(account, Options())
    assert list(found.problems(lines_of(f"openid,remark,tags,note\n{rows}"))) == []
    run = drive(begin(found, name="fair.csv", mark="f", user=None))
    assert numbers(run) == (10, 0, 0)
    return run


def only(row):
    return Follower.objects.filter(pk=row.pk)


@pytest.fixture
def touched(account, imported, three):
    """Somebody gives the first another remark, and takes the tag of the second."""
    first, second, _third = three
    drive(change(account, only(first), "remark", text="by hand"))
    drive(change(account, only(second), "untag", tag=Tag.objects.get(name="Fair")))


@pytest.mark.usefixtures("touched")
def test_what_others_have_changed_stays_and_all_the_rest_goes(account, small, three, imported):
    found = preview_undo(imported)
    assert (found.changes, found.deleted_tags, found.kept_tags) == (7, ("Fair",), ())
    undone = drive(undo(imported, None))
    assert numbers(undone) == (8, 0, 0)
    meant = {step.action: set(unpack(step.targets)) for step in undone.steps.all()}
    first, second, third = (it.pk for it in three)
    assert meant["remark"] == {second, third}
    assert meant["untag"] == {first, third}
    assert meant["note"] == {first, second, third}
    texts = Follower.objects.filter(pk__in=meant["note"]).order_by("pk")
    assert list(texts.values_list("remark", "note")) == [("by hand", ""), ("", ""), ("", "")]
    assert tags_here(account) == tags_there(small)
    assert preview_undo(imported).total == 0


def page(client, run):
    address = f"/admin/followers/editrun/{run.pk}/change/"
    return client.get(address, headers={"accept-language": "en"}).text


@pytest.mark.usefixtures("touched")
def test_its_page_counts_the_changes_that_were_taken_back(admin_client, imported):
    """Seven of nine: three followers are concerned, and that is not what is counted."""
    question = "Undo 7 changes? What somebody else has changed since stays as it is."
    assert question in page(admin_client, imported)
    undone = drive(undo(imported, None))
    said = page(admin_client, imported)
    assert f"Partly undone by #{undone.pk}: 7 changes" in said
    assert f'/editrun/{undone.pk}/change/">Partly undone</a>' in said
    # Nothing of it is left to be undone.
    assert "Undo 7 changes?" not in said
    assert "<span>Changes asked for</span>" in page(admin_client, undone)


def test_its_lists_name_people_and_are_not_counted_as_changes(admin_client, imported):
    button = page(admin_client, imported).partition("/people/done/")[2].partition("</a>")[0]
    assert " ".join(button.split()).endswith("download</span> Done")


def test_undone_wholly_it_says_so(admin_client, imported):
    undone = drive(undo(imported, None))
    said = page(admin_client, imported)
    assert f"Undone by #{undone.pk}" in said
    assert "Partly undone" not in said
