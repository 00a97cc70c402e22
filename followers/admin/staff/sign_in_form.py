"""The form of the sign-in page, and its sentence for those who have to wait."""

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
        throttled = has_to_wait(self.request, self.cleaned_data["username"])
        return throttled or super().get_invalid_login_error()


def has_to_wait(request: Any, username: str) -> ValidationError | None:
    """The error that says how long; None for those who may try again at once."""
    wait = wait_for(request, username)
    if wait is None:
        return None
    minutes = ceil(wait.total_seconds() / 60)
    text = ngettext(
        "Too many wrong passwords: wait %(minutes)s minute, then try again.",
        "Too many wrong passwords: wait %(minutes)s minutes, then try again.",
        minutes,
    )
    return ValidationError(text % {"minutes": minutes}, code="throttled")
