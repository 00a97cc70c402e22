"""Members of staff: their roles, how they were invited, and where they are signed in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import models


class Role(models.Model):
    """A ready role: the group that holds its permissions (followers.accounts.roles has the table).

    The group follows the table, so it is not edited.
    """

    key = models.CharField(max_length=32, unique=True)
    group = models.OneToOneField(Group, models.PROTECT, related_name="role")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Invitation(models.Model):
    """The newest link with which a member sets their password; it is not stored itself.

    invited_by: who invited them first, None for a command. created_at: of the newest link; those
    before it are dead. used_at: None until it was used.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="invitation"
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user_id)


class StaffSession(models.Model):
    """Where a member is signed in; it goes with Django's session. seen_at: minutes behind."""

    session = models.OneToOneField(
        Session, models.CASCADE, primary_key=True, related_name="staff_session"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_sessions"
    )
    device = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    signed_in_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.device}"
