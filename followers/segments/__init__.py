"""Filters of followers: a list's parameters, parsed, with their problems, queryset and words."""
