"""The activity log: who did what, to whom, from where."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount


class AuditEntry(models.Model):
    """One deed; the latest has the highest key. Written with it, in its transaction
    (followers.audit), and never changed later.

    actor_name, subject, accounts' names: as they were then, as text, so that they survive the rows.
    actor_name of a failed sign-in: whose name was tried, "" for one that nobody has; of a command:
    the system's user. member: to whom it was done, or whose name was tried. account_names: names by
    the accounts' keys. details: plain data, such as {"role": [old, new]}, and never a secret.
    """

    class Action(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        SIGNED_OUT = "signed_out", _("Signed out")
        SESSIONS_ENDED = "sessions_ended", _("Ended sessions")
        PASSWORD_SET = "password_set", _("Set their password")
        MEMBER_INVITED = "member_invited", _("Invited a member")
        INVITATION_RENEWED = "invitation_renewed", _("Made a new invitation link")
        MEMBER_CHANGED = "member_changed", _("Changed a member")
        RIGHTS_CHANGED = "rights_changed", _("Changed single permissions")
        MEMBER_DELETED = "member_deleted", _("Deleted a member")
        GROUP_ADDED = "group_added", _("Added a group of rights")
        GROUP_CHANGED = "group_changed", _("Changed a group of rights")
        GROUP_DELETED = "group_deleted", _("Deleted a group of rights")
        ACCOUNT_ADDED = "account_added", _("Added an account")
        ACCOUNT_CHANGED = "account_changed", _("Changed an account")
        SECRET_REPLACED = "secret_replaced", _("Replaced the AppSecret")
        ACCOUNT_DELETED = "account_deleted", _("Deleted an account")
        EXPORTED = "exported", _("Exported")
        IMPORTED = "imported", _("Imported a file")
        CHANGE_STARTED = "change_started", _("Started a change")
        CHANGE_UNDONE = "change_undone", _("Undid a change")
        CHANGE_REPEATED = "change_repeated", _("Repeated what had failed")
        SYNC_STARTED = "sync_started", _("Started a sync")
        RUN_CANCELLED = "run_cancelled", _("Cancelled a run")
        RUN_RESUMED = "run_resumed", _("Resumed a waiting run")
        REVIEW_APPLIED = "review_applied", _("Applied the result of a sync")
        REVIEW_DISCARDED = "review_discarded", _("Discarded the result of a sync")
        TARGET_ADDED = "target_added", _("Added an alert target")
        TARGET_CHANGED = "target_changed", _("Changed an alert target")
        TARGET_DELETED = "target_deleted", _("Deleted an alert target")

    class By(models.TextChoices):
        PAGE = "page", _("Web page")
        COMMAND = "command", _("Command line")

    happened_at = models.DateTimeField(_("time"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150, blank=True)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    by = models.CharField(max_length=8, choices=By)
    action = models.CharField(_("deed"), max_length=24, choices=Action)
    subject = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    details = models.JSONField(default=dict)
    account_names = models.JSONField(default=dict)
    accounts = models.ManyToManyField(
        OfficialAccount, verbose_name=_("Official Accounts"), related_name="+"
    )

    class Meta:
        verbose_name = _("activity log entry")
        verbose_name_plural = _("activity log entries")
        default_permissions = ("view",)
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.subject}".rstrip()
