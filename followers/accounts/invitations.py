"""Links with which members set their password: once, for 72 hours, the newest one alone."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from ..models import Invitation
from . import mail

VALID_FOR = timedelta(hours=72)


class InvitationTokens(PasswordResetTokenGenerator):
    """Tokens die with a new password, a sign-in, a new invitation and when somebody leaves."""

    key_salt = "followers.accounts.invitations"

    def _make_hash_value(self, user: User, timestamp: int) -> str:  # type: ignore[override]
        sent = invitation_of(user)
        when = sent.created_at.isoformat() if sent else ""
        return f"{super()._make_hash_value(user, timestamp)}{when}{user.is_active}"

    def check_token(self, user: User | None, token: str | None) -> bool:  # type: ignore[override]
        if user is None or not user.is_active or not is_open(invitation_of(user)):
            return False
        return super().check_token(user, token)


tokens = InvitationTokens()


def invitation_of(user: User) -> Invitation | None:
    return getattr(user, "invitation", None)


def is_open(invitation: Invitation | None) -> bool:
    """Whether its link can still be used."""
    if invitation is None or invitation.used_at is not None:
        return False
    return timezone.now() < valid_until(invitation)


def valid_until(invitation: Invitation) -> datetime:
    return invitation.created_at + VALID_FOR


def link(user: User, request: HttpRequest | None = None) -> str:
    """The address of the newest invitation: below SITE_URL, or the address that was asked for."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("invitation", args=[key, tokens.make_token(user)])
    if settings.SITE_URL:
        return f"{settings.SITE_URL.rstrip('/')}{path}"
    return request.build_absolute_uri(path) if request else path


def send(user: User, address: str) -> bool:
    """Mail the link, in the language that is active; False where that failed."""
    name = user.get_full_name() or user.get_username()
    text = _(
        "Hello %(name)s,\n\n"
        "you have been invited to the follower management. Open this link to set your password; "
        "your sign-in name is %(username)s.\n\n%(link)s\n\n"
        "The link works once, for 72 hours. If you did not expect this, do nothing."
    )
    values = {"name": name, "username": user.get_username(), "link": address}
    return mail.send(user.email, _("Your invitation to the follower management"), text % values)


def mark_used(user: User) -> bool:
    """Whether the invitation had not been used before."""
    unused = Invitation.objects.filter(user=user, used_at=None)
    return bool(unused.update(used_at=timezone.now()))


def expire(user: User) -> None:
    """No link works any more; a new one can be made."""
    long_ago = timezone.now() - VALID_FOR
    Invitation.objects.filter(user=user, created_at__gt=long_ago).update(created_at=long_ago)
