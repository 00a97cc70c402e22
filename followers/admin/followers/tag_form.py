"""The form in which tags to add and to remove are chosen, and a new one is named."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from followers.accounts.access import has_perm
from followers.changes.change import ChangeRefused
from followers.changes.tag_changes import TagChanges
from followers.models import OfficialAccount, Tag
from followers.wechat.limits import (
    MAX_TAG_NAME_BYTES,
    MAX_TAGS_IN_ACCOUNT,
    can_assign_tag,
    is_system_tag,
)

from ..changes.start import clean_text
from ..shared.formats import format_number
from ..shared.labels import tag_label
from ..shared.safe_changelist import is_key

ADD, REMOVE, NEW = "add_tag", "remove_tag", "new_tag"
# On a follower's page all tags are in one list: those that are ticked, and those that were.
TICKED, HAD = "tag", "had_tag"


def assignable_tags(account: OfficialAccount) -> list[Tag]:
    """Those that followers can be given, the most used first: all of its own are among them."""
    tags = Tag.objects.filter(account=account).order_by("-follower_count", "wechat_id")
    return [tag for tag in tags if can_assign_tag(tag.wechat_id)]


def parse_tags(request: HttpRequest, account: OfficialAccount) -> TagChanges:
    """What the form asks for. Raises ChangeRefused for tags that the account does not have."""
    form, known = request.POST, _known_tags(account)
    added, removed = (_chosen(form.getlist(name), known) for name in (ADD, REMOVE))
    return TagChanges(added, removed, _new_name(request, account, known))


def parse_ticked(request: HttpRequest, account: OfficialAccount) -> TagChanges:
    """The same of one follower's list: what is ticked and was not, and the reverse.

    A tag that the follower got meanwhile was not shown as theirs, so it is not taken away.
    """
    form, known = request.POST, _known_tags(account)
    ticked, had = (_chosen(form.getlist(name), known) for name in (TICKED, HAD))
    added = tuple(tag for tag in ticked if tag not in had)
    removed = tuple(tag for tag in had if tag not in ticked)
    return TagChanges(added, removed, _new_name(request, account, known))


def _known_tags(account: OfficialAccount) -> dict[int, Tag]:
    return {tag.pk: tag for tag in Tag.objects.filter(account=account)}


def _chosen(keys: Iterable[str], known: dict[int, Tag]) -> tuple[Tag, ...]:
    found = [known.get(int(key)) if is_key(Tag, key) else None for key in dict.fromkeys(keys)]
    tags = tuple(tag for tag in found if tag is not None)
    if len(tags) < len(found):
        raise ChangeRefused(
            _("A tag that was chosen does not exist any more. Choose again from the list.")
        )
    return tags


def _new_name(request: HttpRequest, account: OfficialAccount, known: dict[int, Tag]) -> str:
    """The name of the tag to create, "" for none. Raises PermissionDenied without the right."""
    name = clean_text(request.POST.get(NEW, ""))
    if name and not has_perm(request.user, "manage_tags", account):
        raise PermissionDenied
    if name and any(tag.name == name for tag in known.values()):
        text = _("There is a tag “%(name)s” already: tick it in the list.")
        raise ChangeRefused(text % {"name": name})
    return name


def tag_form_context(request: HttpRequest, account: OfficialAccount) -> dict[str, Any]:
    """The two lists of boxes of the bulk page, with what was ticked before."""
    tags = assignable_tags(account)
    form = request.POST
    return {
        "add_boxes": tag_boxes(tags, ADD, form.getlist(ADD)),
        "remove_boxes": tag_boxes(tags, REMOVE, form.getlist(REMOVE)),
        **new_tag_context(request.user, account, form, tags),
    }


def tag_boxes(tags: Iterable[Tag], name: str, ticked: Iterable[str]) -> list[dict[str, Any]]:
    """Context of tag_boxes.html."""
    chosen = set(ticked)
    return [
        {
            "name": name,
            "key": str(tag.pk),
            "text": tag.name,
            "label": tag_label(tag),
            "size": format_number(tag.follower_count),
            "ticked": str(tag.pk) in chosen,
        }
        for tag in tags
    ]


def new_tag_context(
    user: Any, account: OfficialAccount, form: QueryDict, tags: Iterable[Tag]
) -> dict[str, Any]:
    """The field for a new tag; without it for users who may not create one.

    tags: from `assignable_tags`.
    """
    if not has_perm(user, "manage_tags", account):
        return {}
    number = sum(not is_system_tag(tag.wechat_id) for tag in tags)
    facts = {"number": number, "most": MAX_TAGS_IN_ACCOUNT}
    return {
        "may_create": True,
        "new_tag": clean_text(form.get(NEW, "")),
        "name_limit": MAX_TAG_NAME_BYTES,
        "room": _("%(number)s of at most %(most)s tags are in use.") % facts,
        "is_room": number < MAX_TAGS_IN_ACCOUNT,
    }
