"""What the account at WeChat says, what the database says, and runs of the stages in between."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from followers.models import Follower, FollowerTag, OfficialAccount, SyncRun, SyncStage, Tag
from followers.sync import syncs

from .driver import FakeWeChat, drive, following

BATCHGET, USER_INFO = "/cgi-bin/user/info/batchget", "/cgi-bin/user/info"
TAGS, TAGGED = "/cgi-bin/tags/get", "/cgi-bin/user/tag/get"
BLACKLIST = "/cgi-bin/tags/members/getblacklist"
FIELDS = ("unionid", "remark", "subscribe_scene", "qr_scene_str", "language")

Sets = dict[int, tuple[str, set[str]]]


def start(account: OfficialAccount, *stages: str, **how: Any) -> SyncRun:
    """A run of these stages, or of all."""
    chosen = {"stages": stages} if stages else {}
    return syncs.start(account, **chosen, **how)[0]


def run_of(account: OfficialAccount, *stages: str, **how: Any) -> SyncRun:
    return drive(start(account, *stages, **how))


def stage(run: SyncRun, name: str) -> SyncStage:
    return run.stages.get(name=name)


def notes(run: SyncRun) -> dict[str, str]:
    """Why stages ended without their whole result."""
    return {row.name: row.reason for row in run.stages.all() if row.reason}


def tags_here(account: OfficialAccount) -> Sets:
    found: Sets = {tag.wechat_id: (tag.name, set()) for tag in Tag.objects.filter(account=account)}
    # Who left keeps the tags that they had; WeChat has forgotten them.
    pairs = FollowerTag.objects.filter(tag__account=account, follower__subscribed=True)
    for wechat_id, openid in pairs.values_list("tag__wechat_id", "follower__openid"):
        found[wechat_id][1].add(openid)
    return found


def tags_there(wechat: FakeWeChat) -> Sets:
    truth = wechat.account.records.tag_snapshots()
    return {number: (tag.name, set(tag.openids)) for number, tag in truth.items()}


def blocked(account: OfficialAccount) -> set[str]:
    rows = Follower.objects.filter(account=account, blacklisted=True)
    return set(rows.values_list("openid", flat=True))


def biggest(wechat: FakeWeChat) -> int:
    """WeChat's id of the tag that most people have."""
    truth = wechat.account.records.tag_snapshots()
    return max(truth, key=lambda number: len(truth[number].openids))


def assert_members(account: OfficialAccount, wechat: FakeWeChat) -> None:
    """Tags and blacklist are the same, person by person, and the counts with them."""
    here = tags_here(account)
    assert here == tags_there(wechat)
    assert blocked(account) == wechat.account.records.blacklist()
    counts = dict(Tag.objects.filter(account=account).values_list("wechat_id", "follower_count"))
    assert counts == {number: len(people) for number, (_name, people) in here.items()}


def details_here(account: OfficialAccount) -> dict[str, dict[str, Any]]:
    rows = Follower.objects.filter(account=account, subscribed=True)
    return {
        row.pop("openid"): row
        for row in rows.values("openid", "subscribe_time", "qr_scene", *FIELDS)
    }


def details_there(wechat: FakeWeChat) -> dict[str, dict[str, Any]]:
    return details_of(wechat.account.records.profiles())


def details_of(profiles: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {said["openid"]: _expected(said) for said in profiles}


def _expected(said: dict[str, Any]) -> dict[str, Any]:
    moment = datetime.fromtimestamp(said["subscribe_time"], UTC)
    texts = {name: said[name] for name in FIELDS}
    return {"subscribe_time": moment, "qr_scene": said["qr_scene"] or None, **texts}


def assert_equal(account: OfficialAccount, wechat: FakeWeChat) -> None:
    """Followers, tags, blacklist and profiles are the same, person by person."""
    assert following(account) == wechat.followers()
    assert_members(account, wechat)
    assert details_here(account) == details_there(wechat)
