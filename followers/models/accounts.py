"""Official Accounts, the users who may see them, and the access token that all processes share."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..fields import EncryptedTextField
from .runs import EPOCH


class OfficialAccount(models.Model):
    """A WeChat Official Account (公众号), identified by its AppID.

    listed_at: when the last walk began whose list was stored completely; whoever was not changed by
    it followed at that moment, or did not, as their row says.
    following: how many follow now; None before the first complete list.
    statistics_zone: the time zone of the days in DailyFigures; "" where they are still to be
    counted. statistics_problem: what the last check found different from a recount, if anything
    (history.recount).
    wechat_figures_due_at: when WeChat's own figures are fetched next (statistics.wechat_figures),
    None: as soon as possible. wechat_figures_problem: why the last time failed, if it did.
    """

    name = models.CharField(_("name"), max_length=100)
    app_id = models.CharField(
        "AppID",
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(
                r"^wx[0-9A-Za-z]{6,62}\Z",
                _("An AppID begins with wx, followed by letters and digits, without spaces."),
            )
        ],
    )
    app_secret = EncryptedTextField("AppSecret", blank=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("members"),
        blank=True,
        related_name="official_accounts",
        help_text=_("Staff who may see this account. Superusers see all accounts."),
    )
    baseline_at = models.DateTimeField(
        _("first complete list"),
        null=True,
        editable=False,
        help_text=_("Followers first seen until then were present at the start, not new."),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    listed_at = models.DateTimeField(null=True, editable=False)
    following = models.IntegerField(null=True, editable=False)
    statistics_zone = models.CharField(max_length=64, default="", blank=True, editable=False)
    statistics_checked_at = models.DateTimeField(null=True, editable=False)
    statistics_problem = models.JSONField(null=True, editable=False)
    wechat_figures_due_at = models.DateTimeField(null=True, editable=False)
    wechat_figures_problem = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = _("Official Account")
        verbose_name_plural = _("Official Accounts")
        ordering = ["name", "pk"]
        permissions = [
            ("sync_officialaccount", _("Can sync followers")),
            ("note_officialaccount", _("Can write notes on days")),
        ]

    def __str__(self) -> str:
        return self.name


class AccessToken(models.Model):
    """The access token of an account, shared by all processes.

    `version` is incremented by every update, so that a process whose request began before the
    AppSecret was replaced cannot store its token. Until `fetching_until`, a process is requesting
    the next token. `use_until` is shortly before the token expires.
    """

    account = models.OneToOneField(
        OfficialAccount, models.CASCADE, primary_key=True, related_name="access_token"
    )
    value = EncryptedTextField(blank=True)
    use_until = models.DateTimeField(default=EPOCH)
    fetching_until = models.DateTimeField(default=EPOCH)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"access token of {self.account_id}"
