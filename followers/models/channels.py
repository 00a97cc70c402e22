"""Names for QR codes through which followers subscribe."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .accounts import OfficialAccount


class Channel(models.Model):
    """The meaning of a QR code's parameter: scene 1043 is the shop in Nanjing West Road.

    `scene`: the QR code's scene number as a string, or its scene string.
    """

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), related_name="channels"
    )
    scene = models.CharField(_("QR scene"), max_length=64)
    name = models.CharField(_("name"), max_length=100)
    group = models.CharField(
        pgettext_lazy("channels", "group"), max_length=100, blank=True, default=""
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["group", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "scene"], name="channel_unique_scene_in_account"
            )
        ]

    def __str__(self) -> str:
        return self.name
