"""Names for the QR codes through which people come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .accounts import OfficialAccount


class Channel(models.Model):
    """What a QR code with parameter stands for: scene 1043 is the shop in Nanjing West Road.

    `scene` is the number as text, or the scene string, as the QR code was made with.
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
