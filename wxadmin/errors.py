"""The pages for what goes wrong, where they can say more than that it did."""

import sys

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_BAD_REFERER
from django.shortcuts import render
from django.utils import translation
from django.views import csrf, defaults

from followers.trouble import known_trouble

# What a browser sends as host or origin; others send more.
MAX_SHOWN = 120


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not isinstance(exception, DisallowedHost):
        return defaults.bad_request(request, exception)
    # get_host() is what has just refused.
    asked = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
    domain, _port = split_domain_port(asked)
    facts = {"asked": asked[:MAX_SHOWN], "domain": domain[:MAX_SHOWN]}
    return render(request, "400_host.html", facts, status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from an address that is not ours; the default page for every other cause."""
    if not _is_foreign(reason):
        return csrf.csrf_failure(request, reason)
    origin = request.META.get("HTTP_ORIGIN") or request.META.get("HTTP_REFERER", "")
    return render(request, "403_origin.html", {"origin": origin[:MAX_SHOWN]}, status=403)


def _is_foreign(reason: str) -> bool:
    return any(
        reason.startswith(before) and reason.endswith(after)
        for before, after in (text.split("%s") for text in (REASON_BAD_ORIGIN, REASON_BAD_REFERER))
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled."""
    error = sys.exc_info()[1]
    trouble = known_trouble(error) if error else None
    if trouble is None:
        return defaults.server_error(request)
    words = {}
    for name, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            words[name] = {"meaning": str(trouble.meaning), "advice": str(trouble.advice)}
    return render(request, "503.html", words, status=503)
