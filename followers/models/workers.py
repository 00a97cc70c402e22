"""The background workers that say that they are alive."""

from django.db import models


class Worker(models.Model):
    """One supervisor (`manage.py worker`), which updates `seen_at` as long as it lives.

    name: host/pid; the runs that its group works on have it at the beginning of `lease_owner`.
    """

    name = models.CharField(max_length=64, unique=True)
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
