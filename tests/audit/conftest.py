"""Somebody at a browser of whom nothing is in the log yet."""

import pytest
from django.test import Client

from followers.models import AuditEntry

ADDRESS = "198.51.100.7"


@pytest.fixture
def visit():
    def signed_in(user):
        client = Client(REMOTE_ADDR=ADDRESS)
        client.force_login(user)
        AuditEntry.objects.all().delete()
        return client

    return signed_in
