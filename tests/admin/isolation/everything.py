"""An account of which everything is known and has been done, all its texts with a mark in them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone
from pyroaring import BitMap64

from followers.admin.growth.views import FIGURES
from followers.changes.steps import add_chunk
from followers.models import (
    AlertDelivery,
    AlertTarget,
    AuditEntry,
    Channel,
    DayNote,
    EditRun,
    ExportLog,
    Follower,
    FollowerTag,
    OfficialAccount,
    Segment,
    SyncRun,
    SyncSchedule,
    SyncStage,
    Tag,
)
from followers.sync.state import DetailsState, ListingState
from tests.factories import (
    follow,
    make_kept_list,
    make_step,
    make_unsubscribed,
    make_upload,
)
from tests.sample_growth import fill_figures

# What changes are in whose state, and the step of each.
CHANGES: dict[str, dict[str, Any]] = {
    "waiting": {"action": "remark", "text": "{mark}-new-remark"},
    "succeeded": {"action": "tag", "name": "{mark}-tag"},
    "failed": {"action": "note", "text": "{mark}-new-note"},
    "cancelled": {"action": "create_tag", "name": "{mark}-new-tag"},
}


class Everything:
    """The rows of an account. `rows`: by the beginning of the names of their addresses."""

    def __init__(self, mark: str, app_id: str, owner: User) -> None:
        self.mark, self.owner = mark, owner
        # So long ago that no page says so in minutes.
        self.now = timezone.now() - timedelta(days=3)
        self.account = OfficialAccount.objects.create(name=f"{mark}-account", app_id=app_id)
        self.account.members.add(owner)
        self._people()
        self.channel = Channel.objects.create(
            account=self.account, scene=f"{mark}-scene", name=f"{mark}-door", group=f"{mark}-shops"
        )
        self.segments = list(self._segments())
        self.changes = [self._change(status, step) for status, step in CHANGES.items()]
        self.syncs = [self._sync("review"), self._sync("waiting"), self._sync("succeeded")]
        self._files()
        self.target = AlertTarget.objects.create(
            account=self.account, name=f"{mark}-target", service="wecom", url=f"wecombot://{mark}"
        )
        AlertDelivery.objects.create(target=self.target, created_at=self.now, due_at=self.now)
        fill_figures(self.account, timezone.now())
        self.note = DayNote.objects.create(
            account=self.account, day=timezone.localdate(), text=f"{mark}-day", author=owner
        )
        SyncSchedule.objects.create(account=self.account, hours=5, every="hours")

    def _people(self) -> None:
        mark, account = self.mark, self.account
        texts = {
            "remark": f"{mark}-remark",
            "note": f"{mark}-note",
            "qr_scene_str": f"{mark}-scene",
        }
        self.person = follow(account, f"o{mark}-here", unionid="u-of-both", **texts)
        left = make_unsubscribed(account, f"o{mark}-left", unionid=f"u{mark}", **texts)
        self.tag = Tag.objects.create(
            account=account, wechat_id=101, name=f"{mark}-tag", follower_count=1
        )
        for each in (self.person, left):
            FollowerTag.objects.create(follower=each, tag=self.tag)
        Follower.objects.filter(account=account).update(has_tags=True, unionid_is_shared=True)

    def _segments(self) -> Iterator[Segment]:
        own: dict[str, Any] = {"account": self.account, "owner": self.owner}
        named = {"query": f"tags_any={self.tag.pk}", "tag_names": {str(self.tag.pk): self.tag.name}}
        yield Segment.objects.create(name=f"{self.mark}-shared", **named, **own)
        yield Segment.objects.create(
            name=f"{self.mark}-private", query=f"q={self.mark}", shared=False, **own
        )
        ids = [self.person.openid, f"o{self.mark}-nobody"]
        yield make_kept_list(self.account, f"{self.mark}-ids", ids, owner=self.owner)

    def _change(self, status: str, step: dict[str, str]) -> EditRun:
        run = EditRun.objects.create(
            account=self.account,
            status=status,
            created_at=self.now,
            finished_at=None if status == "waiting" else self.now,
            requested_by=self.owner,
            selection=f"{self.mark}-selection",
            selected=1,
            failed=1,
        )
        people = BitMap64([self.person.pk])
        texts = {name: value.format(mark=self.mark) for name, value in step.items()}
        tag = self.tag if step["action"] == "tag" else None
        add_chunk(
            make_step(run, people, tag=tag, **texts),
            1,
            "failed",
            people,
            self.now,
            reason="fatal",
            error_code=45059,
        )
        return run

    def _sync(self, status: str) -> SyncRun:
        run = SyncRun.objects.create(
            account=self.account, status=status, created_at=self.now, requested_by=self.owner
        )
        ListingState(sample=[self.person.pk], gone=1).save(
            SyncStage(run=run, name="listing", position=0)
        )
        names = {"names": self.tag.name}
        SyncStage.objects.create(
            run=run, name="tags", position=1, reason="kept_tags", error_params=names
        )
        DetailsState(bad=[self.person.openid]).save(
            SyncStage(run=run, name="details", position=2, status="done")
        )
        return run

    def _files(self) -> None:
        filters = {"params": {"q": [f"{self.mark}-search"]}, "selected": None}
        self.log = ExportLog.objects.create(
            account=self.account, requested_by=self.owner, filters=filters, rows=1
        )
        values = {"actor": self.owner, "by": "page", "happened_at": self.now}
        self.deed = AuditEntry.objects.create(
            action="exported",
            actor_name=f"{self.mark}-name",
            subject=f"{self.mark}-account",
            member=self.owner,
            details={"export": self.log.pk, "tags": [self.tag.name]},
            account_names={str(self.account.pk): f"{self.mark}-account"},
            **values,
        )
        self.deed.accounts.add(self.account)
        rows = [("openid", "remark"), (self.person.openid, f"{self.mark}-imported")]
        self.file = make_upload(self.account, self.owner, f"{self.mark}.csv", rows)

    @property
    def rows(self) -> dict[str, list[Model]]:
        return {
            "followers_officialaccount": [self.account],
            "followers_follower": [self.person],
            "followers_follower_import_": [self.file],
            "followers_tag": [self.tag],
            "followers_channel": [self.channel],
            "followers_segment": [*self.segments],
            "followers_editrun": [*self.changes],
            "followers_syncrun": [*self.syncs],
            "followers_exportlog": [self.log],
            "followers_alerttarget": [self.target],
            "followers_auditentry": [self.deed],
            "delete_day_note": [self.note],
            "auth_user": [self.owner],
            "view_on_site": [self.owner],
        }

    @property
    def keys(self) -> dict[str, list[Any]]:
        """For `addresses`; of groups and tokens, which belong to nobody's account, none exist."""
        others = {"auth_group": [1], "figures_file": [*FIGURES], "app_list": ["followers"]}
        others |= {"followers_follower_import_progress": ["0" * 32]}
        others |= {"invitation": [1], "set_password": [1]}
        return {name: [row.pk for row in rows] for name, rows in self.rows.items()} | others
