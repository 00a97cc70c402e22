"""The demo's own ports, database, keys and processes.

It neither uses nor changes the settings of the installation.
"""

import base64
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.core.management.base import CommandError

HOST = "127.0.0.1"
USER = "admin"
NAME = "演示公众号 Demo account"
# Accepted by the simulation only.
APP_ID = "wx5a4db0c5a4db0c50"
APP_SECRET = "5a4db0c5a4db0c505a4db0c5a4db0c50"  # noqa: S105
# The account that demo_history.py gives a past. The sandbox draws its campaigns from the AppID:
# with this one, two of them lie within the last 60 days.
SHOP_NAME = "门店公众号（虚构的两年历史） Demo shop (two made-up years)"
SHOP_APP_ID = "wx5a4db0c50001e595"
SHOP_FOLLOWERS = 6_000
# Of openids and lives.
SEED = "1"

DEFAULTS = {"PORT": 8000, "SANDBOX_PORT": 8001, "FOLLOWERS": 23_000}

# The time WeChat takes for a page of 10,000, so that progress is visible.
LATENCY_SECONDS = 0.25


@dataclass(frozen=True)
class Demo:
    port: int
    sandbox_port: int
    followers: int
    directory: Path
    has_shop: bool = True

    @property
    def shop_followers(self) -> int:
        """Those of the account with a past; 0 where there is no such account."""
        return min(SHOP_FOLLOWERS, self.followers) if self.has_shop else 0

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/admin/"

    @property
    def sandbox_address(self) -> str:
        return f"http://{HOST}:{self.sandbox_port}/"

    @property
    def keys_file(self) -> Path:
        return self.directory / "demo.env"

    @property
    def password(self) -> str:
        return self.keys()["DEMO_PASSWORD"]

    def keys(self) -> dict[str, str]:
        """The keys and the password, made at the first start and kept beside the database."""
        if not self.keys_file.exists():
            write_keys(self.keys_file)
        lines = self.keys_file.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def first_start(self) -> int:
        """Unix seconds; later starts simulate the same past, as the database remembers it."""
        self.keys()
        return int(self.keys_file.stat().st_mtime)

    def environment(self, outer: Mapping[str, str]) -> dict[str, str]:
        """Environment variables for every process of the demonstration."""
        return {
            **outer,
            **self.keys(),
            **self.settings(),
            "ENV_FILE": str(self.keys_file),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "FOLLOWERS": str(self.followers),
            # A proxy cannot reach this machine's own addresses.
            "NO_PROXY": f"{HOST},localhost",
            "no_proxy": f"{HOST},localhost",
            "PYTHONUNBUFFERED": "1",
        }

    def settings(self) -> dict[str, str]:
        """What the demonstration's file says besides the keys, for commands beside it."""
        return {
            "DATABASE_URL": f"sqlite:///{quote(str(self.directory / 'demo.sqlite3'))}",
            "REDIS_URL": "",
            "ALLOWED_HOSTS": "",
            "CSRF_TRUSTED_ORIGINS": "",
            "WECHAT_API_BASE_URL": self.sandbox_address.rstrip("/"),
            "SANDBOX_URL": self.sandbox_address,
            "DEBUG": "off",
            "HTTPS": "off",
        }

    def write_settings(self) -> None:
        """Write them into the file, where ports or the directory may have changed since."""
        modified = self.first_start
        text = "".join(
            f"{name}={value}\n" for name, value in {**self.keys(), **self.settings()}.items()
        )
        self.keys_file.write_text(text)
        # When the demonstration was started for the first time stays known.
        os.utime(self.keys_file, (modified, modified))

    def commands(self) -> dict[str, list[str]]:
        """The processes by name, in the order of starting."""
        manage = [sys.executable, "manage.py"]
        return {
            "sandbox": [
                *manage, "wechat_sandbox", "--host", HOST, "--port", str(self.sandbox_port),
                "--followers", str(self.followers), "--latency", str(LATENCY_SECONDS),
                "--lives", "--lives-until", str(self.first_start),
                "--seed", SEED, "--app-id", APP_ID, "--app-secret", APP_SECRET, *self.shop(),
            ],
            "worker": [*manage, "worker"],
            "web": [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST,
                "--port", str(self.port), "--blocking-threads", "4", "--log-level", "warning",
                "--respawn-failed-workers", "wxadmin.wsgi:application",
            ],
        }  # fmt: skip

    def shop(self) -> list[str]:
        """The sandbox's option for the account with a past."""
        if not self.shop_followers:
            return []
        return ["--account", f"{SHOP_APP_ID}:{APP_SECRET}:{self.shop_followers}"]


def write_keys(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    encryption_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(
            f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
            f"ENCRYPTION_KEYS={encryption_key}\n"
            f"DEMO_PASSWORD={secrets.token_hex(5)}\n"
        )


def read_number(name: str, environment: Mapping[str, str], smallest: int, largest: int) -> int:
    """An integer environment variable, or its default if it is not set.

    Raises CommandError if it is not between `smallest` and `largest`.
    """
    text = environment.get(name, "").strip() or str(DEFAULTS[name])
    if not (text.isascii() and text.isdigit() and smallest <= int(text) <= largest):
        raise CommandError(
            f"{name} must be a whole number from {smallest} to {largest}, not {text!r}."
        )
    return int(text)


def read_demo(environment: Mapping[str, str], directory: Path, *, has_shop: bool = True) -> Demo:
    return Demo(
        port=read_number("PORT", environment, 1, 65_535),
        sandbox_port=read_number("SANDBOX_PORT", environment, 1, 65_535),
        followers=read_number("FOLLOWERS", environment, 0, 10_000_000),
        directory=directory.resolve(),
        has_shop=has_shop,
    )


def check_ports(demo: Demo) -> None:
    """Raises CommandError that names a port in use, and how to choose another."""
    if demo.port == demo.sandbox_port:
        raise CommandError(f"PORT and SANDBOX_PORT are both {demo.port}; they must differ.")
    for name, port in (("PORT", demo.port), ("SANDBOX_PORT", demo.sandbox_port)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} cannot be used ({error.strerror}). "
                    f"Choose another one: make demo {name}={port + 10}"
                ) from error
