"""Run the whole product on one machine with a simulated WeChat."""

import http.client
import io
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from followers.management import demo as demonstration
from followers.management import demo_history
from followers.management.demo import Demo
from followers.management.processes import Children

BANNER = """
────────────────────────────────────────────────────────────────────────
  wxadmin 演示已启动 · The demo is running

  打开 Open        {address}
  用户 User        {user}
  密码 Password    {password}

  模拟微信 Simulated WeChat ({followers:,} 粉丝 followers)
                   {sandbox}
{shop}
  按 Ctrl-C 停止全部 · Ctrl-C stops everything
────────────────────────────────────────────────────────────────────────
"""
# Below the simulated WeChat.
SHOP = """\
                   另有门店公众号，已有两年的历史，是虚构的
                   and a shop's account: its two years of history are made up
"""


class Command(BaseCommand):
    help = (
        "Run the admin, the worker and a simulated WeChat in the foreground. The environment "
        "variables PORT, SANDBOX_PORT and FOLLOWERS change the defaults 8000, 8001 and 23000."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--directory",
            type=Path,
            default=settings.BASE_DIR / "var",
            help="where the demo keeps its database and keys (default: %(default)s)",
        )
        parser.add_argument(
            "--no-shop",
            action="store_true",
            help="leave out the second account, which has two made-up years of history",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        replace_unencodable()
        demo = demonstration.read_demo(
            os.environ, options["directory"], has_shop=not options["no_shop"]
        )
        if os.environ.get("ENV_FILE") != str(demo.keys_file):
            restart_with_demo_settings(demo)
        demonstration.check_ports(demo)
        demo.write_settings()
        children = Children(str(settings.BASE_DIR))
        children.stop_on_signals()
        self.stdout.write("Preparing the demo … 正在准备演示 …")
        prepare(demo)
        self.run_until_stopped(demo, children)

    def run_until_stopped(self, demo: Demo, children: Children) -> None:
        """Raises CommandError that names a process which ended by itself."""
        try:
            for name, command in demo.commands().items():
                children.start(name, command, os.environ)
            if children.wait_until(lambda: is_answering(demo)):
                self.stdout.write(banner(demo))
            children.wait_until(lambda: False)
            ended = None if children.stopping else children.ended()
        finally:
            self.stdout.write("Stopping … 正在停止 …")
            children.stop()
        if ended:
            raise CommandError(f"The {ended} process ended by itself; everything was stopped.")


def replace_unencodable() -> None:
    """Print question marks instead of a traceback on a terminal that cannot encode Chinese."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def restart_with_demo_settings(demo: Demo) -> None:
    """Replace this process by one with the demo's settings instead of the installation's."""
    command = [sys.executable, *sys.argv]
    os.execve(sys.executable, command, demo.environment(os.environ))  # noqa: S606


def prepare(demo: Demo) -> None:
    """Migrate and fill the database; may be called again."""
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    user = users.filter(username=demonstration.USER).first() or users.create_superuser(
        demonstration.USER
    )
    user.set_password(demo.password)
    user.save(update_fields=["password"])
    os.environ["WECHAT_APP_SECRET"] = demonstration.APP_SECRET
    call_command("add_account", demonstration.APP_ID, name=demonstration.NAME, stdout=io.StringIO())
    if demo.shop_followers:
        name = demonstration.SHOP_NAME
        call_command("add_account", demonstration.SHOP_APP_ID, name=name, stdout=io.StringIO())
        demo_history.fill(demo.shop_followers, demo.first_start)
    connections.close_all()


def is_answering(demo: Demo) -> bool:
    return responds_ok(demo.sandbox_port, "/") and responds_ok(demo.port, "/readyz")


def responds_ok(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(demonstration.HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def banner(demo: Demo) -> str:
    return BANNER.format(
        address=demo.address,
        user=demonstration.USER,
        password=demo.password,
        sandbox=demo.sandbox_address,
        followers=demo.followers,
        shop=SHOP if demo.shop_followers else "",
    )
