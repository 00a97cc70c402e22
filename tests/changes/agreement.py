"""What must be equal here and at WeChat at any moment, and what may be behind for the time being.

Everything is one dictionary on either side. A key is (what, WeChat's id of a tag, openid).
"""

from typing import Any

from followers.models import EditChunk, EditStep, Follower, FollowerTag, OfficialAccount, Tag
from followers.rows.bitmaps import unpack

from ..sync.driver import FakeWeChat

Key = tuple[str, int | None, str | None]
State = dict[Key, Any]
Action = EditStep.Action
WHAT = {
    Action.TAG: ("has", True),
    Action.UNTAG: ("has", None),
    Action.BLOCK: ("blocked", True),
    Action.UNBLOCK: ("blocked", None),
}


def here(account: OfficialAccount) -> State:
    """What the database says. Without tag, remark or blocking there is no key."""
    state: State = {}
    for tag in Tag.objects.filter(account=account):
        state["tag", tag.wechat_id, None] = tag.name
    pairs = FollowerTag.objects.filter(tag__account=account)
    for tag_id, openid in pairs.values_list("tag__wechat_id", "follower__openid"):
        state["has", tag_id, openid] = True
    rows = Follower.objects.filter(account=account)
    for openid, subscribed, blocked, remark in rows.values_list(
        "openid", "subscribed", "blacklisted", "remark"
    ):
        # What we knew of those who have left stays, and WeChat no longer tells.
        remark = remark if subscribed else ""
        known = {"follows": subscribed, "blocked": blocked, "remark": remark}
        state |= {(what, None, openid): value for what, value in known.items() if value}
    return state


def there(wechat: FakeWeChat) -> State:
    """What the account's own record says."""
    state: State = {}
    records = wechat.account.records
    for tag_id, tag in records.tag_snapshots().items():
        state["tag", tag_id, None] = tag.name
        state |= {("has", tag_id, openid): True for openid in tag.openids}
    state |= {("blocked", None, openid): True for openid in records.blacklist()}
    for openid in wechat.followers():
        state["follows", None, openid] = True
        if remark := records.remark(records.slot_of(openid)):
            state["remark", None, openid] = remark
    return state


def maybe_there(account: OfficialAccount) -> dict[Key, set[Any]]:
    """What WeChat may have accepted without our knowing: values that were sent, by key."""
    sent: dict[Key, set[Any]] = {}
    openids = dict(Follower.objects.filter(account=account).values_list("pk", "openid"))
    for step in EditStep.objects.filter(run__account=account).select_related("tag"):
        for row in _uncertain(step):
            key, value = _meant(step, row, openids[row])
            sent.setdefault(key, set()).add(value)
    return sent


def _uncertain(step: EditStep) -> set[int]:
    """Who is being sent, or was given up: a try before may have reached WeChat."""
    failed = step.chunks.filter(outcome=EditChunk.Outcome.FAILED).values_list("rows", flat=True)
    return {row for piece in step.sending for row in piece}.union(*map(unpack, failed))


def _meant(step: EditStep, row: int, openid: str) -> tuple[Key, Any]:
    if step.action in WHAT:
        what, value = WHAT[Action(step.action)]
        return (what, step.tag.wechat_id if step.tag else None, openid), value
    own = step.values.filter(follower=row).values_list("after", flat=True).first()
    return ("remark", None, openid), (step.text if own is None else own) or None


def tags_maybe_changed(account: OfficialAccount) -> tuple[set[int], set[str]]:
    """Ids of tags that are being renamed or deleted, and names of those being created."""
    steps = EditStep.objects.filter(run__account=account, action__endswith="_tag")
    ids, names = set(), set()
    for step in steps.select_related("tag"):
        # What was skipped was never sent.
        if step.chunks.exclude(outcome=EditChunk.Outcome.FAILED).exists():
            continue
        if step.action == Action.CREATE_TAG:
            names.add(step.name)
        elif step.tag:
            ids.add(step.tag.wechat_id)
    return ids, names


class Elsewhere:
    """What was changed at WeChat directly, so that we may not know it yet."""

    def __init__(self) -> None:
        self.tags: set[int | None] = set()
        self.people: set[str | None] = set()
        self.keys: set[Key] = set()

    def has(self, key: Key) -> bool:
        return key in self.keys or key[1] in self.tags or key[2] in self.people


def differences(account: OfficialAccount, wechat: FakeWeChat, elsewhere: Elsewhere) -> dict:
    """Keys that differ for no good reason, with the values here and there."""
    ours, theirs, sent = here(account), there(wechat), maybe_there(account)
    ids, names = tags_maybe_changed(account)
    ids |= {key[1] for key, name in theirs.items() if key[0] == "tag" and name in names}
    return {
        key: (ours.get(key), theirs.get(key))
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key)
        and key[1] not in ids - {None}
        and not elsewhere.has(key)
        and theirs.get(key) not in sent.get(key, ())
    }
