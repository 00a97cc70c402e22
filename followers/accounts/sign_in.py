"""Wrong passwords: how many may be tried before somebody has to wait; django-axes keeps them.

Counted are those for one name from one address, and those from one address for whatever names:
else one machine could keep the processors busy with checking passwords of many names. A name alone
is not, or anybody could keep its bearer out.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_credentials
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from . import sign_in_trail
from .sessions import client_address
from .sign_in_names import NAME_LENGTH, fold

# As many people as work behind one address may mistype at the same time.
PEOPLE_AT_AN_ADDRESS = 10
NO_ADDRESS = "0.0.0.0"  # noqa: S104


class SignInHandler(AxesDatabaseHandler):
    """Counts in the database, where all processes see the same, and a restart forgets nothing."""

    def get_failures(self, request: HttpRequest, credentials: Any = None) -> int:
        """Of the name at the address; or of the address, in shares of what it may have."""
        return max(share for share, _latest in self._shares(request, credentials))

    def locked_until(self, request: HttpRequest, credentials: Any = None) -> datetime | None:
        """When the next password may be tried; None for at once."""
        limit, pause = settings.AXES_FAILURE_LIMIT, get_cool_off(request)
        times = [at for share, at in self._shares(request, credentials) if share >= limit]
        return max(times) + pause if times else None

    def _shares(self, request: HttpRequest, credentials: Any) -> list[tuple[int, Any]]:
        of_name, of_address = self.get_user_attempts(request, credentials)
        return [_sum(of_name, 1), _sum(of_address, PEOPLE_AT_AN_ADDRESS)]

    def user_login_failed(
        self, sender: Any, credentials: Any, request: Any = None, **kwargs: Any
    ) -> None:
        # Refused unread: nothing is written, however many there are.
        if getattr(request, "axes_locked_out", False):
            return
        super().user_login_failed(sender, credentials, request, **kwargs)
        begins_wait = getattr(request, "axes_locked_out", False)
        # Somebody signed in is asked for the old password where they set a new one.
        details = {"old_password": True} if _is_signed_in(request) else {}
        if begins_wait:
            details["begins_wait"] = True
        sign_in_trail.sign_in_failed(_typed(request, credentials), details)

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        """By commands, which are told a name as its bearer writes it."""
        number: int = super().reset_attempts(
            ip_address=ip_address,
            username=fold(username) if username else None,
            ip_or_username=ip_or_username,
        )
        return number

    def reset_user_attempts(self, request: HttpRequest, credentials: Any = None) -> int:
        """One's own: whoever has an account must not get the others' back by signing in."""
        of_name, _of_address = self.filter_user_attempts(request, credentials)
        count, _by_model = of_name.delete()
        return count


def _is_signed_in(request: Any) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _sum(attempts: QuerySet[Any], people: int) -> tuple[int, datetime]:
    found = attempts.aggregate(number=Sum("failures_since_start"), latest=Max("attempt_time"))
    return (found["number"] or 0) // people, found["latest"]


def wait_for(request: HttpRequest, username: str) -> timedelta | None:
    """How long nobody may try this name from this address; None if they may."""
    if not getattr(request, "axes_locked_out", False):
        return None
    handler = AxesProxyHandler.get_implementation()
    until = handler.locked_until(request, get_credentials(username=username))
    return max(until - timezone.now(), timedelta(seconds=1)) if until else None


def is_password_of(request: HttpRequest, user: User, password: str) -> bool:
    """Of somebody who is signed in: wrong ones are counted, told and refused as at the sign-in."""
    name = user.get_username()
    if authenticate(request, username=name, password=password) is None:
        return False
    handler = AxesProxyHandler.get_implementation()
    handler.reset_user_attempts(request, get_credentials(username=name))
    return True


def address_of(request: HttpRequest) -> str:
    """For axes, whose rows must have one.

    Of IPv6 the network: one machine has all addresses of its 64 bits to try from (RFC 4291, 2.5.1).
    """
    address = ip_address(client_address(request) or NO_ADDRESS)
    if isinstance(address, IPv6Address):
        return str(ip_network((address.packed, 64), strict=False).network_address)
    return str(address)


def name_tried(request: HttpRequest, credentials: Any) -> str:
    """For axes: as long as a name can be, since whatever is typed gets here.

    All spellings count together: in one of them or another, they open the same door.
    """
    return fold(_typed(request, credentials))[:NAME_LENGTH]


def _typed(request: HttpRequest, credentials: Any) -> str:
    return str((credentials or request.POST).get("username") or "")


def mark_refused(request: HttpRequest, response: HttpResponse, credentials: Any) -> HttpResponse:
    """The sign-in page as it is, which says how long to wait, with the status of a refusal."""
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    return response
