"""What cannot be meant is refused at start-up, in a sentence."""

import os
import subprocess
import sys

import pytest

from wxadmin.settings import BASE_DIR


def start(**variables):
    """`manage.py check` with these variables: (exit code, what it said)."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("ENCRYPTION_KEYS", ""),
        ("ENCRYPTION_KEYS", "abc"),
        ("DEBUG", "maybe"),
        ("DATABASE_URL", "mysql://root@127.0.0.1/x"),
        ("REDIS_URL", "foo://x"),
        ("WORKERS", "0"),
        ("WORKERS", "many"),
        ("SYNC_LEASE_SECONDS", "10"),
        ("SYNC_SLICE_SECONDS", "soon"),
        ("WECHAT_API_BASE_URL", "api.weixin.qq.com"),
        ("TIME_ZONE", "Mars/One"),
        ("LANGUAGE_CODE", "fr"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_cannot_be_meant(name, value):
    code, said = start(**{name: value})
    assert code == 1
    assert said.startswith("wxadmin cannot start: ")
    assert "Traceback" not in said
    assert name in said


def test_defaults_start():
    assert start(DATABASE_URL="", REDIS_URL="") == (0, "")
