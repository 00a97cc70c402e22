"""The sandbox's record and our rows: the one copied to the other without a sync, and compared."""

from typing import Any

from followers.models import Follower, OfficialAccount, Tag
from followers.rows import followers, memberships
from followers.sandbox import Sandbox
from tests.factories import LONG_AGO

from ..sync.truth import blocked, tags_here

State = tuple[dict[int, tuple[str, set[str]]], set[str], dict[str, str]]


def copy(account: OfficialAccount, sandbox: Sandbox) -> None:
    """As a sync would have it, in no time."""
    followers.insert(account.pk, sandbox.followers(), LONG_AGO)
    people = Follower.objects.filter(account=account)
    for number, tagged in sandbox.tags().items():
        tag = Tag.objects.create(account=account, wechat_id=number, name=tagged.name)
        found = people.filter(openid__in=tagged.openids).values_list("pk", flat=True)
        memberships.add_tag(tag.pk, found)
    people.filter(openid__in=sandbox.blacklist()).update(blacklisted=True)
    for openid, remark in remarks_there(sandbox).items():
        people.filter(openid=openid).update(remark=remark)


def remarks_there(sandbox: Sandbox) -> dict[str, str]:
    said = ((one["openid"], one["remark"]) for one in sandbox.profiles())
    return {openid: remark for openid, remark in said if remark}


def state_here(account: OfficialAccount) -> State:
    """Tags, blacklist and remarks, person by person."""
    remarked = Follower.objects.filter(account=account).exclude(remark="")
    remarks = dict(remarked.values_list("openid", "remark"))
    return tags_here(account), blocked(account), remarks


def state_there(sandbox: Sandbox) -> State:
    tags = {number: (tag.name, set(tag.openids)) for number, tag in sandbox.tags().items()}
    return tags, sandbox.blacklist(), remarks_there(sandbox)


def called(sandbox: Sandbox, path: str) -> Any:
    """How often a path was called."""
    return sandbox.state["calls"].get(path, 0)
