"""Invalid settings are refused at start-up, with one sentence."""

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from django.core.exceptions import ImproperlyConfigured

from wxadmin.settings import BASE_DIR

SPEC = spec_from_file_location("wxadmin.settings", BASE_DIR / "wxadmin" / "settings.py")
KEYS = {name: os.environ[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS")}


@pytest.fixture
def evaluate(monkeypatch):
    """Evaluates the settings with these variables, without changing the current ones."""

    def evaluate(**variables):
        for name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        module = module_from_spec(SPEC)
        SPEC.loader.exec_module(module)
        return vars(module)

    return evaluate


def start(*command, **variables):
    """Run a process with almost only these variables: (exit code, output)."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


NUMBERS = [
    "WORKERS", "QUEUE_TIMEOUT", "QUEUE_RETRY", "SYNC_LEASE_SECONDS", "SYNC_SLICE_SECONDS",
    "SYNC_TURN_SECONDS", "SYNC_STEP_SECONDS", "SYNC_WAKE_SECONDS", "WORKER_STUCK_SECONDS",
    "DETAILS_BATCH", "DETAILS_CALLS_AT_ONCE", "DETAILS_MAX_AGE_DAYS", "DETAILS_QUOTA_SHARE",
    "CONFIRM_BUDGET",
]  # fmt: skip
BLANK = [
    "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "HTTPS", "DEBUG",
    "LANGUAGE_CODE", "TIME_ZONE", "LOG_LEVEL", "WECHAT_API_BASE_URL", "SANDBOX_URL", *NUMBERS,
]  # fmt: skip


@pytest.mark.parametrize("value", ["0", "-1", "2m", "1e3", "1_000", "９", "1000000000", '"5"'])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_parsed_strictly(evaluate, name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        evaluate(**{name: value})


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_means_default(evaluate, blank):
    result, default = evaluate(**dict.fromkeys(BLANK, blank)), evaluate(**dict.fromkeys(BLANK, ""))
    names = [name for name in default if name.isupper()]
    assert {name: result[name] for name in names} == {name: default[name] for name in names}
    assert result["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert (result["SYNC_LEASE_SECONDS"], result["DETAILS_QUOTA_SHARE"]) == (60, 0.8)
    assert result["DATABASES"]["default"]["NAME"] == str(BASE_DIR / "db.sqlite3")


def test_values_are_normalized(evaluate):
    result = evaluate(
        ALLOWED_HOSTS="127.0.0.1, WX.example.com,",
        CSRF_TRUSTED_ORIGINS="https://WX.example.com/ , https://*.example.com",
        WECHAT_API_BASE_URL="https://sh.api.weixin.qq.com/",
        TIME_ZONE="asia/shanghai",
        LANGUAGE_CODE="EN",
        LOG_LEVEL="debug",
    )
    assert result["ALLOWED_HOSTS"] == ["127.0.0.1", "wx.example.com"]
    assert result["CSRF_TRUSTED_ORIGINS"] == ["https://wx.example.com", "https://*.example.com"]
    assert result["WECHAT_API_BASE_URL"] == "https://sh.api.weixin.qq.com"
    assert (result["TIME_ZONE"], result["LANGUAGE_CODE"]) == ("Asia/Shanghai", "en")
    assert result["LOGGING"]["loggers"]["followers"]["level"] == "DEBUG"


def test_mail_and_links(evaluate):
    unset = evaluate()
    assert (unset["SITE_URL"], unset["EMAIL_HOST"]) == ("", "")
    result = evaluate(
        SITE_URL="HTTPS://WX.example.com:443/", EMAIL_URL="smtp+ssl://li%40example.com:p@mail"
    )
    assert result["SITE_URL"] == "https://wx.example.com"
    assert (result["EMAIL_HOST"], result["EMAIL_USE_SSL"]) == ("mail", True)
    assert result["DEFAULT_FROM_EMAIL"] == "li@example.com"
    named = evaluate(DEFAULT_FROM_EMAIL="粉丝 <wx@example.com>")
    assert named["DEFAULT_FROM_EMAIL"] == "粉丝 <wx@example.com>"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("ENCRYPTION_KEYS", ""),
        ("ENCRYPTION_KEYS", "abc"),
        ("DEBUG", "maybe"),
        ("HTTPS", "https"),
        ("DATABASE_URL", "mysql://root@127.0.0.1/x"),
        ("DATABASE_URL", "sqlite://db.sqlite3"),
        ("REDIS_URL", "foo://x"),
        ("ALLOWED_HOSTS", "wx.example.com:8000"),
        ("CSRF_TRUSTED_ORIGINS", "wx.example.com"),
        ("WECHAT_API_BASE_URL", "api.weixin.qq.com"),
        ("WECHAT_API_BASE_URL", "http://api.weixin.qq.com"),
        ("SANDBOX_URL", "javascript:alert(1)"),
        ("SITE_URL", "wx.example.com"),
        ("SITE_URL", "https://wx.example.com/admin"),
        ("EMAIL_URL", "smtp.example.com"),
        ("DEFAULT_FROM_EMAIL", "nobody"),
        ("SYNC_LEASE_SECONDS", "40"),
        ("SYNC_STEP_SECONDS", "60"),
        ("SYNC_SLICE_SECONDS", "80"),
        ("QUEUE_TIMEOUT", "60"),
        ("QUEUE_TIMEOUT", "180"),
        ("QUEUE_RETRY", "60"),
        ("WORKER_STUCK_SECONDS", "10"),
        ("SYNC_WAKE_SECONDS", "60"),
        ("TIME_ZONE", "Mars/One"),
        ("LANGUAGE_CODE", "fr"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_invalid_values(evaluate, name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        evaluate(**{name: value})


SECRET = "geh/eim"
BROKEN = {"DATABASE_URL": f"postgres://u:{SECRET}@host/x"}


@pytest.mark.parametrize("command", [["manage.py", "migrate"], ["-c", "import wxadmin.wsgi"]])
def test_commands_and_web_servers_print_one_sentence(command):
    code, output = start(*command, **KEYS, **BROKEN)
    assert code == 1
    assert output.startswith("wxadmin cannot start: DATABASE_URL holds a / ")
    assert output.count("\n") == 1
    assert "geh" not in output


def test_defaults_are_valid():
    code, output = start("manage.py", "check", **KEYS)
    assert code == 0
    # How many are silenced depends on the time of day.
    assert output.startswith("System check identified no issues (")


def test_an_env_file_from_windows(tmp_path):
    lines = f"SECRET_KEY=$abc\r\nENCRYPTION_KEYS={KEYS['ENCRYPTION_KEYS']}\r\n"
    path = tmp_path / "of windows.env"
    path.write_text(lines, encoding="utf-8-sig", newline="")
    show = "from django.conf import settings; print(settings.SECRET_KEY)"
    code, output = start("-c", show, ENV_FILE=str(path), DJANGO_SETTINGS_MODULE="wxadmin.settings")
    assert (code, output) == (0, "$abc\n")
