"""The one form of a member: name, e-mail, role, accounts."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from followers.accounts import grants
from followers.accounts.access import accounts_of, own_accounts
from followers.accounts.members import Facts
from followers.accounts.roles import LABELS, MARKETER, ROLES, role_of
from followers.accounts.sign_in_names import bearers_of
from followers.models import OfficialAccount

from ..shared.account_choice import chosen_account_id
from .permission_fields import Checkboxes

RIGHTS = ("is_superuser", "groups", "user_permissions")


class RoleChoice(forms.RadioSelect):
    """Each role with the sentence that says what it may do."""

    page = "admin/staff/role_choice.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        sentences = {role.key: role.sentence for role in ROLES}
        widget = self.get_context(name, value, attrs)["widget"]
        options = [option for _group, options, _index in widget["optgroups"] for option in options]
        for option in options:
            option["sentence"] = sentences.get(option["value"], "")
        return mark_safe(render_to_string(self.page, {"options": options}))  # noqa: S308


class MemberForm(forms.ModelForm):
    """The choices are what who fills it in may give; MemberAdmin sets the attributes.

    managed: whether more than an account can be taken away.
    """

    request: Any = None
    managed = True

    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=150,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
    )
    role = forms.ChoiceField(label=_("Role"), required=False, widget=RoleChoice())
    accounts = forms.ModelMultipleChoiceField(
        OfficialAccount.objects.none(),
        label=_("Official Accounts"),
        required=False,
        widget=Checkboxes(),
    )
    send_mail = forms.BooleanField(
        label=_("Send the link to the e-mail address"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
    )

    class Meta:
        model = User
        fields = ("username", "email", *RIGHTS)
        widgets = {"email": UnfoldAdminEmailInputWidget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance.pk is None
        self.actor = self.request.user
        if "role" in self.fields:
            self._describe_role(self.fields["role"])
        if "accounts" in self.fields:
            self._describe_accounts(self.fields["accounts"])
        if "name" in self.fields and not self.is_new:
            self.fields["name"].initial = self.instance.get_full_name()
        if "groups" in self.fields and not self.is_new:
            # Without the role's, which is no choice here.
            held = self.instance.groups.all()
            self.initial["groups"] = [group for group in held if not hasattr(group, "role")]

    def clean_username(self) -> str:
        """Only a new member's is asked for."""
        name: str = User.normalize_username(self.cleaned_data["username"])
        if found := bearers_of(name):
            text = _("There is already a member “%(name)s”. Upper and lower case are the same.")
            raise ValidationError(text, params={"name": found[0].get_username()})
        return name

    def clean_is_superuser(self) -> bool:
        wanted: bool = self.cleaned_data["is_superuser"]
        if self.instance == self.actor and not wanted:
            raise ValidationError(_("Another superuser can take this from you."))
        return wanted

    def _describe_role(self, field: Any) -> None:
        keys = grants.grantable_roles(self.actor)
        held = "" if self.is_new else role_of(self.instance)
        known = [key for key in LABELS if key in {*keys, held}]
        choices = [(key, LABELS[key]) for key in known]
        # Nothing but single permissions, for whoever can give those.
        if self.actor.is_superuser or not (self.is_new or held):
            choices.append(("", _("No role")))
        field.choices = choices
        field.required = "" not in dict(choices)
        default = MARKETER if MARKETER in keys else ""
        field.initial = default if self.is_new else held

    def _describe_accounts(self, field: Any) -> None:
        own = accounts_of(self.actor)
        field.queryset = own
        if self.is_new:
            field.initial = self._default_accounts()
            return
        # As MemberAdmin has read them.
        field.initial = [account.pk for account in self.instance.own_accounts]
        if not self.managed:
            field.queryset = own.filter(members=self.instance)

    def _default_accounts(self) -> list[int]:
        """The account that is looked at, or the only one."""
        chosen, own = chosen_account_id(self.request), list(own_accounts(self.actor))
        return [chosen] if chosen else own if len(own) == 1 else []

    def facts(self) -> Facts:
        """What was filled in; None for what this form does not ask."""
        said = self.cleaned_data
        accounts = said.get("accounts")
        return Facts(
            name=said.get("name"),
            email=said.get("email"),
            role=said.get("role"),
            accounts=None if accounts is None else {it.pk for it in accounts},
        )
