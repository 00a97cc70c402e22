"""Error pages with an explanation for common causes."""

import sys

from django.contrib.auth.models import User
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_BAD_REFERER
from django.shortcuts import render
from django.utils import translation
from django.views import csrf, defaults

from followers.accounts.roles import administrators_for
from followers.database_errors import find_problem

# Enough for real hosts and origins.
MAX_SHOWN_CHARACTERS = 120


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not isinstance(exception, DisallowedHost):
        return defaults.bad_request(request, exception)
    # Not get_host(), which has just raised the exception.
    host = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
    domain, _port = split_domain_port(host)
    facts = {"asked": host[:MAX_SHOWN_CHARACTERS], "domain": domain[:MAX_SHOWN_CHARACTERS]}
    return render(request, "400_host.html", facts, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says whom a member may ask, whether or not anything is at the address.

    The administrators of the reader's own accounts are named, and nobody else.
    """
    facts: dict[str, object] = {}
    # Errors may come before the middleware has found a user.
    user = getattr(request, "user", None) if request.path_info.startswith("/admin/") else None
    if isinstance(user, User) and user.is_staff and not user.is_superuser:
        facts = {"is_member": True, "administrators": administrators_for(user)}
    return render(request, "404.html", facts, status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explains a wrong origin; shows Django's default page for every other cause."""
    if not _is_origin_failure(reason):
        return csrf.csrf_failure(request, reason)
    origin = request.META.get("HTTP_ORIGIN") or request.META.get("HTTP_REFERER", "")
    return render(request, "403_origin.html", {"origin": origin[:MAX_SHOWN_CHARACTERS]}, status=403)


def _is_origin_failure(reason: str) -> bool:
    return any(
        reason.startswith(before) and reason.endswith(after)
        for before, after in (text.split("%s") for text in (REASON_BAD_ORIGIN, REASON_BAD_REFERER))
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Called within the except block."""
    error = sys.exc_info()[1]
    problem = find_problem(error) if error else None
    if problem is None:
        return defaults.server_error(request)
    words = {}
    for name, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            words[name] = {"meaning": str(problem.meaning), "advice": str(problem.advice)}
    return render(request, "503.html", words, status=503)
