"""A segment within others is gone: they name it as people knew it, not by its key."""

import pytest

from followers.models import ExportLog, Segment

from .driver import ENGLISH, FOLLOWERS, LIST, make, save, shown, user_of

pytestmark = pytest.mark.usefixtures("people")
GONE = "The segment “{}” has been deleted, or you may not see it."


def page(client, address, language="en"):
    return client.get(address, follow=True, headers={"accept-language": language}).text


def saved(client, name, query, **form):
    save(client, query, name=name, **form)
    return Segment.objects.get(name=name)


def remove(client, segment):
    client.post(f"{LIST}{segment.pk}/remove/")
    assert not Segment.objects.filter(pk=segment.pk).exists()


def everywhere(client, segment):
    """By page, what is said of a segment."""
    return {
        "list": page(client, f"{LIST}?q={segment.name}"),
        "page": page(client, f"{LIST}{segment.pk}/change/"),
        "opened": page(client, f"{FOLLOWERS}?segment={segment.pk}"),
        "filters": page(client, f"{LIST}{segment.pk}/conditions/"),
    }


def test_a_segment_that_was_deleted_is_named_wherever_it_is_missed(member):
    inner = saved(member, "inner", "q=Li")
    outer = saved(member, "outer", f"segment={inner.pk}")
    remove(member, inner)
    found = everywhere(member, outer)
    assert {name for name, text in found.items() if GONE.format("inner") not in text} == set()
    assert f"“{inner.pk}”" not in "".join(found.values())
    assert "Segment: inner" in found["page"]
    assert "Segment: inner" in found["filters"]
    assert shown(member, f"{FOLLOWERS}?segment={outer.pk}") == []
    assert "人群“inner”已被删除，或者您无权查看。" in page(member, LIST, "zh-hans")


def test_by_the_name_that_it_had_last(member, account):
    inner = make(account, "old", "q=Li", owner=user_of(member))
    # Saved before names were kept.
    outer = make(account, "outer", f"segment={inner.pk}", owner=user_of(member))
    another = make(account, "another", f"segment=1{inner.pk}")
    member.post(f"{LIST}{inner.pk}/rename/", {"name": "new"})
    remove(member, inner)
    assert GONE.format("new") in page(member, f"{LIST}{outer.pk}/change/")
    another.refresh_from_db()
    assert another.tag_names == {}


def test_as_deep_as_it_lies(member, account):
    inner = saved(member, "a0", "q=Li")
    for depth in range(1, 4):
        outer = saved(member, f"a{depth}", f"segment={Segment.objects.latest('pk').pk}")
    remove(member, inner)
    why = GONE.format("a0")
    assert f"The segment “a2” shows nobody: The segment “a1” shows nobody: {why}" in page(
        member, f"{LIST}?q=a3"
    )
    assert f"The segment “a1” shows nobody: {why}" in page(member, f"{LIST}{outer.pk}/change/")


def test_where_nobody_knows_the_name_the_key_is_no_help(member, account):
    inner = make(account, "inner")
    outer = make(account, "outer", f"segment={inner.pk}", owner=user_of(member))
    inner.delete()
    found = everywhere(member, outer)
    why = "A segment that was chosen has been deleted, or you may not see it."
    assert {name for name, text in found.items() if why not in text} == set()
    assert f"“{inner.pk}”" not in "".join(found.values())
    assert "Segment: deleted, or not visible to you" in found["page"]


def test_a_name_that_became_private_is_not_told(member, colleague, account):
    inner = saved(colleague, "for all", "q=Li", shared="1")
    outer = saved(member, "outer", f"segment={inner.pk}")
    for address, form in [("share", {}), ("rename", {"name": "secret"})]:
        colleague.post(f"{LIST}{inner.pk}/{address}/", form)
    assert GONE.format("for all") in page(member, f"{LIST}{outer.pk}/change/")
    remove(colleague, inner)
    found = "".join(everywhere(member, outer).values())
    assert found.count(GONE.format("for all")) >= 4
    assert "secret" not in found


def test_of_a_colleagues_private_segment_no_name_is_kept(admin_client, member, account):
    """Whoever sees all segments may name it; others may see theirs later."""
    inner = make(account, "secret", owner=user_of(member), shared=False)
    outer = saved(admin_client, "outer", f"segment={inner.pk}")
    remove(member, inner)
    outer.refresh_from_db()
    assert outer.tag_names == {}


def test_the_log_of_an_export_names_what_its_segment_used(member, account):
    inner = saved(member, "inner", "q=Li")
    outer = saved(member, "outer", f"segment={inner.pk}")
    form = {"action": "export_csv", "select_across": "1", "_selected_action": "0", "index": "0"}
    answer = member.post(f"{FOLLOWERS}?segment={outer.pk}", form, headers=ENGLISH)
    b"".join(answer.streaming_content)
    assert ExportLog.objects.count() == 1
    found = page(member, "/admin/followers/exportlog/")
    assert "Segment: inner" in found
    assert f"Segment: {inner.pk}" not in found
