"""Addresses of the pages of growth, which belong to no model."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import path
from django.urls.resolvers import URLPattern

from . import notes, views


def _page(route: str, view: Callable[..., Any], name: str) -> URLPattern:
    return path(route, admin.site.admin_view(view), name=name)


urlpatterns = [
    _page("", views.overview, "growth"),
    _page("retention/", views.retention, "growth_retention"),
    _page("hours/", views.hours, "growth_hours"),
    _page("overlap/", views.overlap, "growth_overlap"),
    _page("wechat/", views.wechat, "growth_wechat"),
    _page("file/<slug:key>.<slug:kind>", views.file, "figures_file"),
    _page("notes/", notes.add, "add_day_note"),
    _page("notes/<int:pk>/delete/", notes.delete, "delete_day_note"),
]
