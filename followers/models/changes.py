"""Changes that are sent to WeChat: their steps, state and outcome."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount
from .followers import Follower, Tag
from .runs import Run


class EditRun(Run):
    """One change that a user requested, and its audit trail.

    `selection`: description of the selected followers. `import_fingerprint`: hash of the imported
    file and its options, "" for other changes. `idempotency_key`: hash of the submitted form, so
    that submitting it twice starts one run; NULL without a form. Each selected follower of each
    step ends as done, skipped or failed, unless the run ends earlier.
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
        """Shows "Partly done" instead of "Succeeded" where some followers have failed."""
        return gettext("Partly done") if self.is_partial else str(self.Status(self.status).label)


class EditStep(models.Model):
    """One action on a set of followers, or on one tag.

    `targets`: row ids of all selected followers (pyroaring.BitMap64, serialised), processed in
    ascending order: all up to `place` are finished. `sending`: lists of row ids, one for each of
    the next calls, stored before they are sent: WeChat may have received the first one already.

    `undoes`: the step that this one reverts, for followers not changed again in the meantime.
    `name`: the tag's name, or its new one; `text`: the remark or note for all followers, or the
    former name of a renamed tag. A tag created by an earlier step of the run is found by its name.
    """

    class Action(StrEnum):
        """Values of `action` used in code; followers.changes.change has their implementations."""

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
    """The outcome for some followers of a step; inserted with the change itself, never updated.

    `rows`: their row ids (pyroaring.BitMap64, serialised), from `first_row` to `last_row`; empty if
    the step changes a tag, which counts as one. `reason`: why they were skipped
    (followers.changes.reasons), or the kind of the error; for a created tag, whether it existed
    before (followers.changes.created).
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
    """A follower's remark or note before and after a step; `before` is NULL until it is changed."""

    step = models.ForeignKey(EditStep, models.CASCADE, related_name="values", db_index=False)
    follower = models.ForeignKey(Follower, models.CASCADE, related_name="+")
    before = models.TextField(null=True)
    after = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "follower"], name="edit_value_once")]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.follower_id}"


class OutsideChange(models.Model):
    """Followers that a sync found changed by others: an undo must not revert that.

    `action`: tag (added or removed), block (or unblock) or remark. `rows`: their row ids
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
