import json
import os
import socket
import stat
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.management.base import CommandError

from followers.management import demo as demonstration
from tests.stack import ROOT, free_ports


def read(directory, **variables):
    return demonstration.read_demo(variables, directory)


def test_defaults_are_those_of_the_readme(tmp_path):
    demo = read(tmp_path)
    assert (demo.port, demo.sandbox_port, demo.followers) == (8000, 8001, 23_000)


def test_variables_change_the_defaults(tmp_path):
    demo = read(tmp_path, PORT="9000", SANDBOX_PORT="9001", FOLLOWERS="0")
    assert (demo.port, demo.sandbox_port, demo.followers) == (9000, 9001, 0)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eight", "1e3", "８０００"])
def test_a_port_that_cannot_be_meant_is_refused(tmp_path, text):
    with pytest.raises(CommandError, match="PORT must be a whole number from 1 to 65535"):
        read(tmp_path, PORT=text)


def test_a_port_in_use_is_named_with_the_way_round(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        demo = read(tmp_path, PORT=str(taken), SANDBOX_PORT=str(free_ports(1)[0]))
        with pytest.raises(CommandError, match=f"Port {taken} .*make demo PORT="):
            demonstration.check_ports(demo)


def test_one_port_cannot_serve_both(tmp_path):
    with pytest.raises(CommandError, match="must differ"):
        demonstration.check_ports(read(tmp_path, PORT="9000", SANDBOX_PORT="9000"))


def test_keys_are_made_once_and_readable_by_the_owner_alone(tmp_path):
    demo = read(tmp_path / "new")
    keys = demo.keys()
    Fernet(keys["ENCRYPTION_KEYS"])
    assert demo.keys() == keys
    assert stat.S_IMODE(demo.keys_file.stat().st_mode) == 0o600


def test_commands_beside_the_demo_need_nothing_but_its_file(tmp_path):
    demo = read(tmp_path / "with space", SANDBOX_PORT="9001")
    demo.keys()
    os.utime(demo.keys_file, (1_700_000_000, 1_700_000_000))
    demo.write_settings()
    command = (
        "import json; from django.conf import settings as its; print(json.dumps("
        "[str(its.DATABASES['default']['NAME']), its.WECHAT_API_BASE_URL, its.SECRET_KEY]))"
    )
    found = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": str(demo.keys_file)},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(found.stdout.splitlines()[-1])
    keys = demo.keys()["SECRET_KEY"]
    assert said == [str(demo.directory / "demo.sqlite3"), "http://127.0.0.1:9001", keys]
    assert demo.first_start == 1_700_000_000
    assert stat.S_IMODE(demo.keys_file.stat().st_mode) == 0o600


def test_later_starts_simulate_the_same_past(tmp_path):
    demo = read(tmp_path)
    command = demo.commands()["sandbox"]
    assert "--lives" in command
    assert command[command.index("--lives-until") + 1] == str(demo.first_start)
    os.utime(demo.keys_file, (1_700_000_000, 1_700_000_000))
    assert "1700000000" in read(tmp_path).commands()["sandbox"]


def test_the_account_with_a_past_is_served_beside_the_empty_one(tmp_path):
    def served(has_shop=True, **variables):
        demo = demonstration.read_demo(variables, tmp_path, has_shop=has_shop)
        command = demo.commands()["sandbox"]
        assert demonstration.APP_ID in command
        return command[command.index("--account") + 1] if "--account" in command else None

    account = f"{demonstration.SHOP_APP_ID}:{demonstration.APP_SECRET}"
    assert served() == served(FOLLOWERS="1000000") == f"{account}:6000"
    assert served(FOLLOWERS="30") == f"{account}:30"
    assert served(FOLLOWERS="0") is None
    assert served(has_shop=False) is None


def test_another_directory_has_another_password(tmp_path):
    assert read(tmp_path / "a").password != read(tmp_path / "b").password


def test_the_installation_s_services_and_keys_are_not_used(tmp_path):
    outer = {
        "DATABASE_URL": "postgres://production",
        "REDIS_URL": "redis://production",
        "WECHAT_API_BASE_URL": "https://api.weixin.qq.com",
        "SECRET_KEY": "production",
        "ENCRYPTION_KEYS": "production",
        "HTTPS": "on",
        "ALLOWED_HOSTS": "wx.example.com",
        "CSRF_TRUSTED_ORIGINS": "https://wx.example.com",
        "DEBUG": "on",
    }
    inner = read(tmp_path).environment(outer)
    assert not {name for name, value in outer.items() if inner[name] == value}
    assert inner["DATABASE_URL"] == f"sqlite:///{tmp_path}/demo.sqlite3"
    assert inner["ENV_FILE"] == str(tmp_path / "demo.env")


def test_a_worker_of_the_web_server_that_dies_is_replaced(tmp_path):
    """Everybody who starts the web server is told to start it so."""
    option = "--respawn-failed-workers"
    assert option in read(tmp_path).commands()["web"]
    for page in ("README.md", "README.zh-CN.md", "docs/operations.md"):
        started = (ROOT / page).read_text().replace("\\\n", "")
        commands = [line for line in started.splitlines() if "granian --interface" in line]
        assert commands
        assert all(option in line for line in commands), page
