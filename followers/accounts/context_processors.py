"""Template context for all pages."""

from django.http import HttpRequest

from .access import Rights


def rights(request: HttpRequest) -> dict[str, Rights]:
    """Adds `rights`, for any of the user's accounts; pages about one account replace it.

    Error pages may be rendered before the authentication middleware has set a user.
    """
    return {"rights": Rights(request.user)} if hasattr(request, "user") else {}
