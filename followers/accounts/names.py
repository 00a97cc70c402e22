"""Names of deleted members, kept as text where somebody has to be named later, too."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from ..models import DayNote, EditRun, ExportLog, SyncRun

# Model, the field that names a member, and the text that stays.
KEPT: tuple[tuple[type[Model], str, str], ...] = (
    (SyncRun, "requested_by", "requested_by_name"),
    (EditRun, "requested_by", "requested_by_name"),
    (ExportLog, "requested_by", "requested_by_name"),
    (DayNote, "author", "author_name"),
)


def keep_names(instance: User, using: str, **_signal: Any) -> None:
    """Called before a user is deleted, in any way."""
    for model, field, text in KEPT:
        rows = model._base_manager.using(using).filter(**{field: instance.pk})
        rows.update(**{text: str(instance)[:150]})
