"""The form of an alert target: in words, with the fields of its service, and without its secrets.

What makes up the address can be entered, and is never shown again.
"""

from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from followers.alerts.addresses import make_address, shown_address
from followers.models import AlertKind, AlertTarget

from ..staff.permission_fields import Checkboxes

Service = AlertTarget.Service
# What makes up the address, by service; the first one is required.
SECRETS: dict[str, tuple[str, ...]] = {
    Service.EMAIL: ("recipients",),
    Service.WECOM: ("webhook",),
    Service.DINGTALK: ("webhook", "secret"),
    Service.FEISHU: ("webhook", "secret"),
    Service.WEBHOOK: ("webhook",),
}
HELP: dict[tuple[str, str], Promise] = {
    (Service.WECOM, "webhook"): gettext_lazy(
        "In the WeCom group: settings → Group bots → Add. Copy the webhook address of the bot; it "
        "begins with https://qyapi.weixin.qq.com/"
    ),
    (Service.DINGTALK, "webhook"): gettext_lazy(
        "In the DingTalk group: settings → Bots → Add a bot → Custom. Copy its webhook address; it "
        "begins with https://oapi.dingtalk.com/"
    ),
    (Service.DINGTALK, "secret"): gettext_lazy(
        "If you ticked “Sign” (加签) in the bot's security settings: the secret that stands there, "
        "beginning with SEC. With keywords instead, set “wxadmin”, which stands in every message."
    ),
    (Service.FEISHU, "webhook"): gettext_lazy(
        "In the Feishu group: settings → Bots → Add a bot → Custom bot. Copy its webhook address; "
        "it begins with https://open.feishu.cn/"
    ),
    (Service.FEISHU, "secret"): gettext_lazy(
        "If you ticked “Signature verification” (签名校验) in the bot's security settings: the "
        "secret that stands there. With keywords instead, set “wxadmin”."
    ),
    (Service.WEBHOOK, "webhook"): gettext_lazy(
        "An address of your own system. It gets a POST of JSON with title, message, url and type."
    ),
}
# Told by what comes with later versions.
HIDDEN_KINDS = {AlertKind.CALLBACK_SILENT, AlertKind.RELAY_FAILING, AlertKind.EXPORT_READY}
KINDS = [(kind.value, kind.label) for kind in AlertKind if kind not in HIDDEN_KINDS]


class TimeWidget(UnfoldAdminTextInputWidget):
    input_type = "time"

    def format_value(self, value: Any) -> str | None:
        return str(value)[:5] if value else None


def _password() -> forms.Widget:
    # A browser that fills in the user's own password would replace the address with it.
    return UnfoldAdminPasswordWidget({"autocomplete": "new-password", "spellcheck": "false"})


class TargetForm(forms.ModelForm):
    """`service` is set by the admin. Leaving the secret fields blank keeps what is stored."""

    service: str

    recipients = forms.CharField(
        label=gettext_lazy("Recipients"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=gettext_lazy("E-mail addresses, one on each line."),
    )
    webhook = forms.CharField(
        label=gettext_lazy("Webhook address"),
        required=False,
        max_length=2000,
        widget=_password(),
    )
    secret = forms.CharField(
        label=gettext_lazy("Signing secret"), required=False, max_length=200, widget=_password()
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What is told"),
        choices=KINDS,
        required=False,
        widget=Checkboxes(),
        help_text=gettext_lazy("Nothing ticked means everything."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget()
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"), required=False, widget=TimeWidget()
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=TimeWidget(),
        help_text=gettext_lazy(
            "In between nothing is sent but the daily summary; the rest follows at the end. May "
            "cross midnight. Leave both blank for no quiet hours."
        ),
    )
    summary_at = forms.TimeField(
        label=gettext_lazy("Daily summary at"), initial=time(9), widget=TimeWidget()
    )

    class Meta:
        model = AlertTarget
        fields = [
            "name",
            "account",
            "kinds",
            "language",
            "quiet_from",
            "quiet_until",
            "summary_at",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.initial.setdefault("language", self._own_language())
        if not self.initial.get("kinds"):
            self.initial["kinds"] = [kind for kind, _label in KINDS]
        for name in {"recipients", "webhook", "secret"} - set(SECRETS[self.service]):
            self.fields.pop(name, None)
        for name in SECRETS[self.service]:
            # Absent where the user may only look.
            if field := self.fields.get(name):
                self._describe(name, field)

    @staticmethod
    def _own_language() -> str:
        known = dict(settings.LANGUAGES)
        return language if (language := get_language() or "") in known else settings.LANGUAGE_CODE

    def _describe(self, name: str, field: forms.Field) -> None:
        if help_text := HELP.get((self.service, name)):
            field.help_text = str(help_text)
        if self.keeps_service and self.instance.url:
            shown = shown_address(self.instance)
            text = _("Stored. Leave blank to keep it.")
            if shown:
                text = _("Stored (%(shown)s). Leave blank to keep it.") % {"shown": shown}
            field.widget.attrs["placeholder"] = text
        elif name != "secret":
            # The asterisk; `clean` says what is missing.
            field.required = True

    @property
    def keeps_service(self) -> bool:
        return bool(self.instance.pk) and self.instance.service == self.service

    def clean_kinds(self) -> list[str]:
        """All kinds are stored as none, so that later ones are told, too."""
        chosen = self.cleaned_data["kinds"]
        others = [kind for kind in self.instance.kinds if kind in HIDDEN_KINDS]
        return [] if len(chosen) in (0, len(KINDS)) else [*chosen, *others]

    @method_decorator(sensitive_variables())
    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        given = {name: values.get(name) or "" for name in SECRETS[self.service]}
        if not self.errors.keys() & given.keys():
            self._clean_address(given)
        begin, end = values.get("quiet_from"), values.get("quiet_until")
        if (begin is None) != (end is None) and not self.errors:
            self.add_error("quiet_until", _("Enter both times, or neither."))
        elif begin is not None and begin == end:
            self.add_error("quiet_until", _("The quiet hours must end at another time."))
        return values

    @method_decorator(sensitive_variables())
    def _clean_address(self, given: dict[str, str]) -> None:
        if not any(given.values()) and self.keeps_service and self.instance.url:
            return
        main = SECRETS[self.service][0]
        if not given[main]:
            self.add_error(main, _("Enter it again as well: it belongs to the secret."))
            return
        try:
            self.instance.url = make_address(self.service, **given)
        except ValidationError as error:
            self.add_error("secret" if error.code == "secret" else main, error)
        else:
            self.instance.service = self.service
