"""What every template may ask."""

from django.http import HttpRequest

from .access import Rights


def rights(request: HttpRequest) -> dict[str, Rights]:
    """{% if rights.sync_officialaccount %}; pages about one account have rights of their own.

    Pages about errors may come before anybody is known.
    """
    return {"rights": Rights(request.user)} if hasattr(request, "user") else {}
