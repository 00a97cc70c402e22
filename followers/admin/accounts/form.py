"""The form of an account: the AppSecret can be entered, and is never shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget

from followers.accounts.credentials import clean_app_id, clean_secret
from followers.models import OfficialAccount


class SecretField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return clean_secret(super().to_python(value) or "")


class AccountForm(forms.ModelForm):
    """Leaving the AppSecret blank keeps the stored one."""

    app_secret = SecretField(
        label="AppSecret",
        required=False,
        strip=True,
        max_length=256,
        # A browser that fills in the user's own password would replace the AppSecret with it.
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "From the WeChat console: 设置与开发 → 开发接口管理 → 基本配置. It is stored encrypted "
            "and never shown again."
        ),
    )

    class Meta:
        model = OfficialAccount
        fields = ["name", "app_id", "app_secret"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The stored secret must neither be rendered nor compared with what was typed.
        self.initial["app_secret"] = ""
        if "app_secret" in self.fields and self.instance.app_secret:
            self.fields["app_secret"].widget.attrs["placeholder"] = _(
                "Stored. Leave blank to keep it."
            )

    def clean_app_id(self) -> str:
        return clean_app_id(self.cleaned_data["app_id"])

    def clean_app_secret(self) -> str:
        return self.cleaned_data["app_secret"] or self.instance.app_secret
