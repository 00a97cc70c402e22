"""Changes that reach WeChat: what was meant, what is under way, and what came of it."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount
from .followers import Follower, Tag
from .runs import Run


class EditRun(Run):
    """One change that somebody asked for, and the audit trail of it.

    `selection`: who was meant, in words. `import_fingerprint`: of the imported file and of how it
    is read, "" for other changes. `idempotency_key`: of the form that asked for it, so that
    pressing twice begins one run; NULL where no form did. Each selected follower of each step ends
    as done, skipped or failed, unless the run ends before.
    """

    counted = ("done", "skipped", "failed")
    serialized_per_account = True

    selection = models.TextField(_("selection"), blank=True, default="")
    import_fingerprint = models.CharField(max_length=64, blank=True, default="", editable=False)
    idempotency_key = models.CharField(max_length=64, null=True, unique=True, editable=False)
    retry_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="retried_by", editable=False
    )
    undo_of = models.ForeignKey(
        "self", models.SET_NULL, verbose_name=_("undoes"), null=True, related_name="undone_by"
    )
    selected = models.PositiveIntegerField(_("selected"), default=0)
    done = models.PositiveIntegerField(_("changed"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-pk"]
        permissions = [
            ("tag_followers", _("Can add and remove tags of followers")),
            ("remark_followers", _("Can change remarks of followers")),
            ("note_followers", _("Can change notes on followers")),
            ("block_followers", _("Can block and unblock followers")),
            ("import_followers", _("Can import changes of followers")),
            ("undo_edits", _("Can undo changes")),
            ("manage_tags", _("Can create, rename and delete tags")),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_partial(self) -> bool:
        return self.status == self.Status.SUCCEEDED and self.failed > 0

    def get_status_display(self) -> str:  # type: ignore[no-redef]
        """Nobody should read "succeeded" where some have failed."""
        return gettext("Partly done") if self.is_partial else str(self.Status(self.status).label)


class EditStep(models.Model):
    """One thing to do to one set of followers, or to one tag.

    `targets`: row ids of all selected followers (pyroaring.BitMap64, serialised). They are worked
    through in ascending order: those up to `place` are settled. `sending` are the pieces (lists of
    row ids) that the next calls send, written before they are sent: the first may have reached
    WeChat already.

    `undoes`: the step that this one takes back, as far as it is still so when its turn comes.
    `name`: the tag's name, or its new one; `text`: a remark or note for all, a renamed tag's
    former name. A tag of an earlier step of the run is found by its name.
    """

    class Action(StrEnum):
        """Those that are spoken of by name; what each is, followers.changes.change says."""

        TAG = "tag"
        UNTAG = "untag"
        BLOCK = "block"
        UNBLOCK = "unblock"
        REMARK = "remark"
        NOTE = "note"
        CREATE_TAG = "create_tag"
        RENAME_TAG = "rename_tag"
        DELETE_TAG = "delete_tag"

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DONE = "done", _("Done")

    run = models.ForeignKey(EditRun, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    action = models.CharField(max_length=16)
    tag = models.ForeignKey(Tag, models.SET_NULL, null=True, related_name="+")
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=100, blank=True, default="")
    text = models.TextField(blank=True, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    selected = models.PositiveIntegerField(default=0)
    targets = models.BinaryField(default=bytes)
    place = models.BigIntegerField(default=0)
    sending = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="edit_step_position_in_run")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.name}".rstrip()


class EditChunk(models.Model):
    """What came of some followers of a step; written with the change itself, never changed.

    `rows`: their row ids (pyroaring.BitMap64, serialised), between `first_row` and `last_row`;
    empty where a tag itself was changed, which counts as one. `reason`: why they were skipped
    (followers.changes.reasons), or the kind of the error that failed them; of a tag that was to be
    created, whether it was there before (followers.changes.created).
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("changed")
        SKIPPED = "skipped", _("skipped")
        FAILED = "failed", _("failed")

    step = models.ForeignKey(EditStep, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=32, blank=True, default="")
    error_code = models.IntegerField(null=True)
    error_params = models.JSONField(default=dict)
    count = models.PositiveIntegerField()
    rows = models.BinaryField(default=bytes)
    first_row = models.BigIntegerField(default=0)
    last_row = models.BigIntegerField(default=0)
    stored_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["step", "number"]
        constraints = [
            models.UniqueConstraint(fields=["step", "number"], name="edit_chunk_number_in_step")
        ]

    def __str__(self) -> str:
        return f"{self.step_id}.{self.number}"


class EditValue(models.Model):
    """A follower's remark or note before and after a step. `before` is NULL until it is changed."""

    step = models.ForeignKey(EditStep, models.CASCADE, related_name="values", db_index=False)
    follower = models.ForeignKey(Follower, models.CASCADE, related_name="+")
    before = models.TextField(null=True)
    after = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "follower"], name="edit_value_once")]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.follower_id}"


class OutsideChange(models.Model):
    """Followers whom a sync found changed after we had changed the same thing of some: no undo of
    ours takes back what others have done since.

    `action`: tag (given or taken), block (or unblocked) or remark. `rows`: their row ids
    (pyroaring.BitMap64, serialised).
    """

    account = models.ForeignKey(OfficialAccount, models.CASCADE, related_name="+", db_index=False)
    action = models.CharField(max_length=16)
    tag = models.ForeignKey(Tag, models.CASCADE, null=True, related_name="+")
    rows = models.BinaryField()
    stored_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "action", "stored_at"], name="outside_change_latest")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.stored_at:%F %T}"
