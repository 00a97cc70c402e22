"""Sample data for every page of the admin, and the URLs of all pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone
from pyroaring import BitMap64

from followers.changes.steps import add_chunk
from followers.models import (
    AlertDelivery,
    AlertTarget,
    ApiUsage,
    Channel,
    EditRun,
    EditStep,
    ExportLog,
    Follower,
    FollowerTag,
    ImportFile,
    OfficialAccount,
    Run,
    Segment,
    SyncPage,
    SyncRun,
    SyncStage,
    Tag,
)
from followers.sync.state import ListingState

from .factories import (
    end,
    follow,
    make_kept_list,
    make_step,
    make_unsubscribed,
    make_upload,
)
from .sample_growth import growth_pages

SECRET = "0123456789abcdef0123456789abcdef"
SHRUNK = {"known": 300, "gone": 200, "listed": 100, "total": 100}
ERROR_PARAMS = {"path": "/cgi-bin/user/get", "rid": "6a-1b-2c", "ip": "203.0.113.7"}
ERROR_FIELDS = ("reason", "error_code", "error_params")
# Each of them has its own account, which can have only one active sync.
SYNCS: dict[str, dict[str, Any]] = {
    "queued": {},
    "running": {"total": 23_000, "fetched": 10_000},
    "waiting": {"reason": "api", "error_code": 45009, "error_params": ERROR_PARAMS},
    "review": {"reason": "shrunk", "error_params": SHRUNK, "total": 100, "fetched": 100},
    "succeeded": {"total": 23_000, "fetched": 23_000, "added": 300, "unsubscribed": 20},
    "failed": {"reason": "api", "error_code": 40164, "error_params": ERROR_PARAMS},
    "cancelled": {"fetched": 10_000, "added": 10},
}
LISTS = (
    "officialaccount",
    "follower",
    "segment",
    "tag",
    "channel",
    "syncrun",
    "editrun",
    "exportlog",
    "alerttarget",
)


@dataclass
class SampleData:
    """`pages`: URLs by page name."""

    admin: User
    account: OfficialAccount
    pages: dict[str, str]


def create_sample_data() -> SampleData:
    admin = User.objects.create_superuser("admin", "admin@example.com", "password")
    account = _get_account("旗舰店", 1)
    tag, follower = _create_followers(account)
    syncs = {status: _create_sync(status, n, admin) for n, status in enumerate(SYNCS, 1)}
    edits = {
        status: _create_edit(account, admin, tag, status) for status in SYNCS if status != "review"
    }
    _create_other_rows(account, admin)
    pages = {
        "home": "/admin/",
        **_list_pages(account),
        **_form_pages(account, admin, tag, follower),
        **growth_pages(admin, account, _get_account("有历史的公众号", 50)),
    }
    pages |= {
        f"sync {it.status}": f"/admin/followers/syncrun/{it.pk}/change/" for it in syncs.values()
    }
    pages |= {
        f"change {it.status}": f"/admin/followers/editrun/{it.pk}/change/" for it in edits.values()
    }
    return SampleData(admin, account, pages)


def _get_account(name: str, number: int) -> OfficialAccount:
    account, _ = OfficialAccount.objects.get_or_create(
        app_id=f"wx{number:016d}",
        defaults={"name": name, "app_secret": SECRET, "baseline_at": timezone.now()},
    )
    return account


def _create_followers(account: OfficialAccount) -> tuple[Tag, Any]:
    now = timezone.now()
    tag = Tag.objects.create(account=account, wechat_id=101, name="老客户", follower_count=2)
    Tag.objects.create(account=account, wechat_id=2, name="星标组")
    seen = {"subscribe_time": now, "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 1043}
    profile = {"unionid": "u1", "legacy": {"nickname": "小李", "sex": 2}}
    follower = follow(account, "oA1", remark="李女士", note="下周回访", **profile, **seen)
    follow(_get_account("门店", 2), "oB1", unionid="u1")
    make_unsubscribed(account, "oA2")
    follow(account, "oA3", blacklisted=True, qr_scene_str="expo_A3")
    FollowerTag.objects.create(follower=follower, tag=tag)
    end(follower, now, source="ADD_SCENE_QR_CODE", scene="1043")
    Channel.objects.create(account=account, scene="1043", name="南京西路店", group="门店")
    return tag, follower


def next_midnight(now: datetime) -> datetime:
    """The next midnight plus a few seconds, when quotas are reset."""
    tomorrow = timezone.localtime(now) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=5, microsecond=0)


def _create_sync(status: str, number: int, user: User) -> SyncRun:
    now = timezone.now()
    times = {"created_at": now, "started_at": now, "resume_at": next_midnight(now)}
    ended = {"finished_at": now} if status in {"succeeded", "failed", "cancelled"} else {}
    run = SyncRun.objects.create(
        account=_get_account(f"门店{number}", number),
        status=status,
        requested_by=user,
        **times,
        **ended,
        **SYNCS[status],
    )
    done = {"status": "done", "done": 10_000, "total": 10_000}
    stage = SyncStage.objects.create(run=run, name="listing", position=0, **done)
    SyncStage.objects.create(run=run, name="details", position=1, status="pending")
    _create_page(stage, now)
    if status == "review":
        ListingState(known=300, gone=200, listed=100).save(stage)
    return run


def _create_page(stage: SyncStage, now: datetime) -> None:
    counts = {"ids": 10_000, "total": 23_000, "added": 300, "resubscribed": 0}
    SyncPage.objects.create(
        stage=stage, walk_number=1, number=1, requested_at=now, stored_at=now, **counts
    )


def _create_edit(account: OfficialAccount, user: User, tag: Tag, status: str) -> EditRun:
    now = timezone.now()
    ended = status in {"succeeded", "failed", "cancelled"}
    run = EditRun.objects.create(
        account=account,
        status=status,
        requested_by=user,
        selection="全部粉丝",
        created_at=now,
        started_at=now,
        resume_at=next_midnight(now),
        finished_at=now if ended else None,
        selected=4,
        done=1,
        skipped=1,
        failed=1 if ended else 0,
        **{name: value for name, value in SYNCS[status].items() if name in ERROR_FIELDS},
    )
    people = Follower.objects.filter(account=account).values_list("pk", flat=True)
    _create_chunks(make_step(run, people, action="tag", tag=tag, selected=4), now)
    return run


def _create_chunks(step: EditStep, now: datetime) -> None:
    """Create one chunk of each outcome."""
    one, two, three = Follower.objects.values_list("pk", flat=True).order_by("pk")[:3]
    if step.run.status == Run.Status.SUCCEEDED:
        FollowerTag.objects.filter(follower=one).update(edit=step.run)
    add_chunk(step, 11, "done", BitMap64([one]), now)
    add_chunk(step, 12, "skipped", BitMap64([two]), now, reason="blacklisted")
    add_chunk(step, 13, "failed", BitMap64([three]), now, reason="fatal", error_code=45059)


def _create_other_rows(account: OfficialAccount, admin: User) -> None:
    today = timezone.localdate()
    ApiUsage.objects.create(account=account, day=today, path="/cgi-bin/user/get", calls=34)
    ExportLog.objects.create(requested_by=admin, account=account, rows=3, complete=True)
    ExportLog.objects.create(requested_by=admin, account=account)
    _create_segments(account, admin)
    role = Group.objects.create(name="运营")
    role.permissions.set(Permission.objects.filter(content_type__app_label="followers"))
    User.objects.create_user("staff", is_staff=True).groups.add(role)


def _create_segments(account: OfficialAccount, admin: User) -> None:
    tag = Tag.objects.get(account=account, wechat_id=101)
    filters = {"query": f"tags__id__exact={tag.pk}", "tag_names": {str(tag.pk): tag.name}}
    Segment.objects.create(account=account, name="老客户", owner=admin, **filters)
    Segment.objects.create(account=account, name="标签已删", query="tags__id__exact=999999")
    make_kept_list(account, "活动名单", ["oA1", "oNobody"], owner=admin, shared=False)


def _list_pages(account: OfficialAccount) -> dict[str, str]:
    lists = {f"list of {name}": f"/admin/followers/{name}/" for name in LISTS}
    lists |= {f"list of {name}": f"/admin/auth/{name}/" for name in ("user", "group")}
    chosen = f"?account__id__exact={account.pk}"
    return lists | {
        "followers of an account": f"/admin/followers/follower/{chosen}",
        "tags of an account": f"/admin/followers/tag/{chosen}",
        "channels of an account": f"/admin/followers/channel/{chosen}",
        "no follower": "/admin/followers/follower/?q=oNobody",
        "no tag": "/admin/followers/tag/?q=nothing",
        "no segment": "/admin/followers/segment/?q=nothing",
        "no channel": "/admin/followers/channel/?q=nothing",
        "no user": "/admin/auth/user/?q=nothing",
        "who joined": f"/admin/followers/follower/{chosen}&began_from=2024-01-01&origin_scene=-",
        "broken filter": "/admin/followers/follower/?first_seen_from=x",
    }


def _form_pages(account: OfficialAccount, admin: User, tag: Tag, follower: Any) -> dict[str, str]:
    staff, own, auth = User.objects.get(username="staff"), "/admin/followers", "/admin/auth"
    file = _create_upload(account, admin)
    return {
        **_object_pages(account, staff),
        **_segment_pages(account),
        "schedule": f"{own}/officialaccount/{account.pk}/schedule/",
        "follower": f"{own}/follower/{follower.pk}/change/",
        "tag": f"{own}/tag/{tag.pk}/change/",
        "system tag": f"{own}/tag/{Tag.objects.get(wechat_id=2).pk}/change/",
        "import": f"{own}/follower/import/",
        "import of channels": f"{own}/channel/import/?account__id__exact={account.pk}",
        "preview": f"{own}/follower/import/{file.pk}/",
        "own account": f"{auth}/user/{admin.pk}/change/",
        "roles": "/admin/roles/",
        "own page": "/admin/me/",
        "invitation that was used": "/admin/invitation/MQ/set/",
        "own password": "/admin/password_change/",
        "password changed": "/admin/password_change/done/",
        "app": "/admin/followers/",
        "nowhere": "/admin/nowhere/",
    }


def _object_pages(account: OfficialAccount, staff: User) -> dict[str, str]:
    """Of what can be added and deleted here."""
    target, role = _create_target(), Group.objects.get(role=None)
    objects = {
        "account": f"/admin/followers/officialaccount/{account.pk}",
        "channel": f"/admin/followers/channel/{Channel.objects.get().pk}",
        "alert target": f"/admin/followers/alerttarget/{target.pk}",
        "user": f"/admin/auth/user/{staff.pk}",
        "group": f"/admin/auth/group/{role.pk}",
    }
    pages = {name: f"{path}/change/" for name, path in objects.items()}
    for name, path in objects.items():
        pages[f"{name} added"] = f"{path.rsplit('/', 1)[0]}/add/"
        pages[f"{name} deleted"] = f"{path}/delete/"
    pages["wecom target added"] = "/admin/followers/alerttarget/add/?service=wecom"
    return pages


def _segment_pages(account: OfficialAccount) -> dict[str, str]:
    kept = Segment.objects.get(name="活动名单")
    segment = Segment.objects.get(name="老客户")
    own, chosen = "/admin/followers", f"account__id__exact={account.pk}"
    return {
        "segment": f"{own}/segment/{segment.pk}/change/",
        "growth of a segment": f"{own}/segment/{segment.pk}/growth/",
        "kept list": f"{own}/segment/{kept.pk}/change/",
        "segment as a list": f"{own}/follower/?{chosen}&segment={segment.pk}",
        "paste": f"{own}/segment/paste/?{chosen}",
    }


def _create_upload(account: OfficialAccount, admin: User) -> ImportFile:
    rows = [("openid", "remark", "tags"), ("oA1", "Li", "new"), ("oNobody", "x")]
    return make_upload(account, admin, "vip.csv", rows)


def _create_target() -> AlertTarget:
    target = AlertTarget.objects.create(name="群", service="wecom", url="wecombot://12345678")
    now = timezone.now()
    answer = {"attempts": 1, "answer": "refused", "answer_code": 93000}
    AlertDelivery.objects.create(target=target, created_at=now, due_at=now, **answer)
    return target
