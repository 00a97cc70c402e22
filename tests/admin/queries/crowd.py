"""Accounts of which every page has as many rows as are asked for."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission, User
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
    FollowerTag,
    OfficialAccount,
    Segment,
    SegmentId,
    SyncPage,
    SyncRun,
    SyncSchedule,
    SyncStage,
    Tag,
)
from followers.sync.state import DetailsState, ListingState
from tests.factories import (
    begin,
    end,
    follow,
    make_step,
    make_unsubscribed,
    make_upload,
    upload_content,
)
from tests.sample_growth import fill_figures

# Of segment n, which of these it is; {}: the row's own keys and names.
QUERIES = ("tags_any={tag}", "scene={scene}", "channel_group={group}", "segment={before}", "q=x")


class Crowd:
    """`account` and others; of what is in it, `grow` adds rows."""

    def __init__(self, uploader: User) -> None:
        self.number, self.now = 0, timezone.now()
        self.others: list[OfficialAccount] = []
        self.account = self._account("wx1")
        self.person = follow(self.account, "oPerson", unionid="u-of-all", note="n", remark="r")
        self.kept = Segment.objects.create(account=self.account, name="ids", pasted=1, query="")
        self.target = self._target("alerts")
        self.change = self._run("succeeded", None)
        self.review = SyncRun.objects.create(
            account=self.account, status="review", created_at=self.now
        )
        self.listing = SyncStage(run=self.review, name="listing", position=0)
        ListingState(sample=[self.person.pk], gone=1).save(self.listing)
        self.details = SyncStage(run=self.review, name="details", position=1)
        self.file = make_upload(self.account, uploader, "x.csv", [])
        self.role = Group.objects.create(name="role")
        self.users: list[User] = []
        self.tags: list[Tag] = []
        self.segments: list[Segment] = []
        self.people: list[int] = []

    def _account(self, app_id: str) -> OfficialAccount:
        account = OfficialAccount.objects.create(name=app_id, app_id=app_id)
        fill_figures(account, self.now)
        SyncSchedule.objects.create(account=account, every="hours", hours=5)
        return OfficialAccount.objects.get(pk=account.pk)

    def grow_accounts(self, number: int) -> None:
        """So many more accounts, each with the same person, a run, a tag and a segment."""
        for _ in range(number):
            account = self._account(f"wx{len(self.others) + 2}")
            self.others.append(account)
            person = follow(account, "oElsewhere", unionid="u-of-all", note="n")
            tag = Tag.objects.create(account=account, wechat_id=101, name="T")
            FollowerTag.objects.create(follower=person, tag=tag)
            SyncRun.objects.create(account=account, status="succeeded", created_at=self.now)
            Segment.objects.create(account=account, name="s", query=f"tags_any={tag.pk}")
            Channel.objects.create(account=account, scene="s0", name="c", group="g")
            ExportLog.objects.create(account=account, rows=1)
            self._target(account.app_id, account)
            for user in self.users:
                account.members.add(user)

    def grow(self, number: int) -> None:
        """So many more rows of each kind."""
        for n in range(self.number, self.number + number):
            user = self._user(n)
            tag = Tag.objects.create(account=self.account, wechat_id=100 + n, name=f"T{n}")
            self.tags.append(tag)
            Channel.objects.create(account=self.account, scene=f"s{n}", name=f"c{n}", group=f"g{n}")
            self._people(n, tag)
            self._segment(n, tag, user)
            self._changes(n, tag, user)
            self._sync(n, user)
            self._records(n, user)
        self.number += number
        ListingState(sample=self.people[:20], gone=1).save(self.listing)
        openids = [f"o{n}" for n in range(self.number)]
        DetailsState(bad=openids[:20]).save(self.details)
        rows = [(openid, "new") for openid in openids]
        self.file.content = upload_content([("openid", "remark"), *rows])
        self.file.save()

    def _user(self, n: int) -> User:
        user = User.objects.create_user(f"user{n}", is_staff=True)
        role = Group.objects.create(name=f"role{n}")
        role.permissions.set(Permission.objects.filter(codename="view_follower"))
        user.groups.set([role, self.role])
        for account in (self.account, *self.others):
            account.members.add(user)
        self.users.append(user)
        return user

    def _people(self, n: int, tag: Tag) -> None:
        texts = {"remark": f"r{n}", "note": f"n{n}", "qr_scene_str": f"s{n}", "unionid": f"u{n}"}
        texts |= {"subscribe_scene": "ADD_SCENE_QR_CODE"}
        here = follow(self.account, f"o{n}", **texts)
        left = make_unsubscribed(self.account, f"l{n}", **texts)
        for each in (here, left, self.person):
            FollowerTag.objects.create(follower=each, tag=tag)
        at = self.now - timedelta(days=2 * n)
        end(self.person, at, began_at=at - timedelta(days=1), began_by="sync", scene=f"s{n}")
        begin(here, at, source="ADD_SCENE_QR_CODE", scene=f"s{n}")
        SegmentId.objects.create(segment=self.kept, position=n, text=f"o{n}")
        self.people.append(here.pk)

    def _segment(self, n: int, tag: Tag, user: User) -> None:
        before = self.segments[-1].pk if self.segments else 0
        names = {"tag": tag.pk, "scene": f"s{n}", "group": f"g{n}", "before": before}
        query = QUERIES[n % len(QUERIES)].format(**names)
        values = {"query": query, "owner": user, "tag_names": {str(tag.pk): tag.name}}
        self.segments.append(
            Segment.objects.create(account=self.account, name=f"segment{n}", **values)
        )

    def _changes(self, n: int, tag: Tag, user: User) -> None:
        """Two changes of the one person, one of them undone, and some who failed in `change`."""
        tagging, noting = self._run("succeeded", user), self._run("succeeded", user)
        self._run("succeeded", user, undo_of=tagging)
        steps = (
            (tagging, {"action": "tag", "tag": tag}),
            (noting, {"action": "note", "text": f"n{n}"}),
        )
        people = BitMap64([self.person.pk, *self.people])
        for run, values in steps:
            step = make_step(run, people, selected=1, **values)
            add_chunk(step, 1, "done", BitMap64([self.person.pk]), self.now)

    def grow_steps(self, number: int) -> None:
        """So many more steps of `change`, in each of which one person failed."""
        first = self.change.steps.count()
        for place, tag in enumerate(self.tags[first : first + number], first):
            people = BitMap64(self.people[place : place + 1])
            both = people | BitMap64([self.person.pk])
            step = make_step(self.change, both, place, action="tag", tag=tag)
            FollowerTag.objects.filter(tag=tag, follower=self.person).update(edit=self.change)
            add_chunk(step, 1, "done", BitMap64([self.person.pk]), self.now)
            add_chunk(step, 2, "failed", people, self.now, reason="fatal", error_code=45059)

    def _run(self, status: str, user: User | None, **values: Any) -> EditRun:
        return EditRun.objects.create(
            account=self.account,
            status=status,
            created_at=self.now,
            finished_at=self.now,
            requested_by=user,
            selected=2,
            done=1,
            failed=1,
            **values,
        )

    def _sync(self, n: int, user: User) -> None:
        run = SyncRun.objects.create(
            account=self.account, status="succeeded", created_at=self.now, requested_by=user
        )
        SyncStage.objects.create(run=run, name="listing", position=0, status="done")
        SyncPage.objects.create(
            stage=self.listing,
            walk_number=1,
            number=n,
            ids=1,
            added=0,
            resubscribed=0,
            requested_at=self.now,
            stored_at=self.now,
        )

    def _records(self, n: int, user: User) -> None:
        segment = self.segments[-1]
        filters = {
            "params": {"segment": [str(segment.pk)], "scene": [f"s{n}"]},
            "segments": {str(segment.pk): {"name": segment.name, "params": {"q": ["x"]}}},
            "selected": None,
        }
        ExportLog.objects.create(account=self.account, requested_by=user, filters=filters, rows=1)
        self._deeds(user, {str(self.account.pk): "wx1"})
        for target in (self.target, self._target(f"target{n}")):
            AlertDelivery.objects.create(target=target, created_at=self.now, due_at=self.now)
        day = timezone.localdate() - timedelta(days=n % 25)
        DayNote.objects.create(account=self.account, day=day, text=f"note {n}", author=user)

    def _deeds(self, user: User, names: dict[str, str]) -> None:
        values = {"happened_at": self.now, "actor": user, "by": "page", "account_names": names}
        details = {"permissions": [[], ["view_tag"]], "accounts_added": names, "tags": ["T"]}
        for action in AuditEntry.Action.values:
            entry = AuditEntry.objects.create(action=action, member=user, details=details, **values)
            entry.accounts.add(self.account)

    def _target(self, name: str, account: OfficialAccount | None = None) -> AlertTarget:
        values = {"service": "wecom", "url": "wecombot://12345678"}
        return AlertTarget.objects.create(account=account or self.account, name=name, **values)

    @property
    def rows(self) -> dict[str, list[Model]]:
        """The rows whose pages are long, by the beginning of the names of their addresses."""
        return {
            "followers_officialaccount": [self.account],
            "followers_follower": [self.person],
            "followers_follower_import_": [self.file],
            "followers_tag": [self.tags[0]],
            "followers_channel": [Channel.objects.earliest("pk")],
            "followers_segment": [*self.segments[:5], self.kept],
            "followers_editrun": [self.change],
            "followers_syncrun": [self.review],
            "followers_exportlog": [ExportLog.objects.earliest("pk")],
            "followers_alerttarget": [self.target],
            "followers_auditentry": [AuditEntry.objects.earliest("pk")],
            "delete_day_note": [DayNote.objects.earliest("pk")],
            "auth_user": [self.users[0]],
            "auth_group": [self.role],
        }

    @property
    def keys(self) -> dict[str, list[Any]]:
        """For `addresses`."""
        keys = {name: [row.pk for row in rows] for name, rows in self.rows.items()}
        return keys | {"figures_file": [*FIGURES]}
