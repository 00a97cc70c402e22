"""Addresses of the admin's pages that belong to no model."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path
from django.urls.resolvers import URLPattern

from .growth import notes, views
from .shared.account_choice import choose_account


def _page(route: str, view: Callable[..., Any], name: str) -> URLPattern:
    return path(route, admin.site.admin_view(view), name=name)


urlpatterns = [
    _page("account/", choose_account, "choose_account"),
    _page("growth/", views.overview, "growth"),
    _page("growth/file/<slug:key>.<slug:kind>", views.file, "figures_file"),
    _page("growth/notes/", notes.add, "add_day_note"),
    _page("growth/notes/<int:pk>/delete/", notes.delete, "delete_day_note"),
]
