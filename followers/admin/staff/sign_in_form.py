"""The form of the sign-in page."""

from math import ceil
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import AuthenticationForm

from followers.accounts.sign_in import wait_for


class SignInForm(AuthenticationForm):
    """The theme's, in one sentence: what was wrong, or how long to wait."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("The name or the password is wrong."),
    }

    def get_invalid_login_error(self) -> ValidationError:
        request: Any = self.request
        wait = wait_for(request, self.cleaned_data["username"])
        if wait is None:
            return super().get_invalid_login_error()
        minutes = ceil(wait.total_seconds() / 60)
        text = ngettext(
            "Too many wrong passwords: wait %(minutes)s minute, then try again.",
            "Too many wrong passwords: wait %(minutes)s minutes, then try again.",
            minutes,
        )
        return ValidationError(text % {"minutes": minutes}, code="throttled")
