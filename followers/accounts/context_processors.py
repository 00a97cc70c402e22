"""Template context for all pages."""

from django.http import HttpRequest

from .access import Rights
from .mail import can_send_mail


def rights(request: HttpRequest) -> dict[str, Rights]:
    """Adds `rights`, for any of the user's accounts; pages about one account replace it.

    Error pages may be rendered before the authentication middleware has set a user.
    """
    return {"rights": Rights(request.user)} if hasattr(request, "user") else {}


def mail(request: HttpRequest) -> dict[str, bool]:
    """Adds `can_send_mail`: who has forgotten their password can be sent a link."""
    return {"can_send_mail": can_send_mail()}
