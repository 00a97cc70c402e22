"""The page for one's own password, which asks for the old one."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import views
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AdminOwnPasswordChangeForm

from followers.accounts.sign_in import is_password_of

from .sign_in_form import has_to_wait


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The theme's. Whoever comes to an open browser may guess the old password no more often than
    at the sign-in page.
    """

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    @sensitive_variables("old")
    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if is_password_of(self.request, self.user, old):
            return old
        wrong = self.error_messages["password_incorrect"]
        throttled = has_to_wait(self.request, self.user.get_username())
        raise throttled or ValidationError(wrong, code="password_incorrect")

    def clean(self) -> dict[str, Any]:
        if not self.has_error("old_password", "throttled"):
            return super().clean()  # type: ignore[no-any-return]
        # What else is wrong can wait as well.
        for name in {*self.errors} - {"old_password"}:
            del self.errors[name]
        return self.cleaned_data


class OwnPassword(views.PasswordChangeView):
    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}
