"""Uploaded files whose changes are not confirmed yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount
from .changes import EditRun


class ImportFile(models.Model):
    """An uploaded file between its preview and its confirmation.

    Stored in the database, because the next request may reach another host. `content`: the rows as
    read (followers.files.reading), compressed; emptied once `run` has been created. `report`: what
    the reader reported besides the rows; `digest`: SHA-256 of the upload; `options`: how to import
    it (followers.imports.options). Files are deleted after a day at most.
    """

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), related_name="+"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("uploaded by"),
        null=True,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=255)
    content = models.BinaryField()
    report = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField(_("uploaded"), db_index=True)
    run = models.ForeignKey(EditRun, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("import file")
        verbose_name_plural = _("import files")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
