"""Factories of local changes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from followers.models import EditChunk, EditRun, EditStep, OfficialAccount, Tag
from followers.rows.bitmaps import pack
from tests.factories import LONG_AGO


@pytest.fixture
def other_account(db: None) -> OfficialAccount:
    return OfficialAccount.objects.create(name="Book Shop", app_id="wx0000000000000002")


@pytest.fixture
def make_tag() -> Callable[..., Tag]:
    def make(account: OfficialAccount, name: str = "VIP") -> Tag:
        number = 100 + Tag.objects.count()
        return Tag.objects.create(account=account, wechat_id=number, name=name)

    return make


@pytest.fixture
def make_step() -> Callable[..., EditStep]:
    """Make a step with its own run, succeeded by default; `run` are values for that run."""

    def make(
        account: OfficialAccount, action: str, *, run: dict[str, Any] | None = None, **values: Any
    ) -> EditStep:
        made = EditRun.objects.create(
            account=account, created_at=LONG_AGO, **{"status": "succeeded", **(run or {})}
        )
        return EditStep.objects.create(run=made, position=0, action=action, **values)

    return make


@pytest.fixture
def make_chunk() -> Callable[..., EditChunk]:
    def make(
        step: EditStep, at: datetime, *ids: int, outcome: str = EditChunk.Outcome.DONE
    ) -> EditChunk:
        return EditChunk.objects.create(
            step=step,
            number=step.chunks.count(),
            outcome=outcome,
            count=len(ids),
            rows=pack(ids),
            stored_at=at,
        )

    return make
