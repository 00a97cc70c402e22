"""Uploads between their preview and their confirmation."""

from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import timedelta
from typing import Any, BinaryIO

from django.db.models.functions import Now

from ..files.reading import Reading, unpacked
from ..models import ImportFile, OfficialAccount
from ..rows.clock import db_now
from .options import Options, digest_of

KEPT_FOR = timedelta(days=1)
MAX_OF_ONE_PERSON = 5


def keep(
    account: OfficialAccount,
    reading: Reading,
    file: BinaryIO,
    *,
    name: str,
    options: Options,
    user: Any,
) -> ImportFile:
    """Keep what the file says; of one person, only the latest few wait."""
    kept = ImportFile.objects.create(
        account=account,
        uploaded_by=user,
        name=name[-255:],
        content=reading.packed(),
        report=asdict(reading.report),
        digest=digest_of(file),
        options=asdict(options),
        uploaded_at=Now(),
    )
    waiting = ImportFile.objects.filter(uploaded_by=user, run=None).order_by("-pk")
    older = list(waiting.values_list("pk", flat=True)[MAX_OF_ONE_PERSON:])
    ImportFile.objects.filter(pk__in=older).delete()
    return kept


def forget_old() -> None:
    """Delete what nobody has confirmed for a day."""
    now = db_now()
    # By a clock that was ahead: its day begins now.
    ImportFile.objects.filter(uploaded_at__gt=now).update(uploaded_at=now)
    ImportFile.objects.filter(uploaded_at__lt=now - KEPT_FOR).delete()


def options_of(kept: ImportFile) -> Options:
    return Options(**kept.options)


def reading_of(kept: ImportFile) -> AbstractContextManager[Reading]:
    return unpacked(kept.report, bytes(kept.content))
