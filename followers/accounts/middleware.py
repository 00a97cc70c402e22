"""What every request of a signed-in member has besides Django's: their language, their session."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from .. import audit
from . import sessions

Response = Callable[[HttpRequest], HttpResponse]
# Other addresses must answer without a database, or know nobody.
PAGES = "/admin/"


def member_middleware(get_response: Response) -> Response:
    """After the sessions, the languages and the users of Django."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PAGES):
            return get_response(request)
        before = request.session.session_key
        activate_language(request)
        with audit.from_page(request, sessions.client_address(request)):
            response = get_response(request)
        user = getattr(request, "user", None)
        if isinstance(user, User):
            if request.session.session_key != before:
                sessions.record(request, user)
            else:
                sessions.touch(request)
        return response

    return middleware


def activate_language(request: HttpRequest) -> None:
    """The language that the member has chosen, whatever this browser prefers."""
    preference = getattr(request.user, "staff_preference", None)
    language = preference.language if preference else ""
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = language
