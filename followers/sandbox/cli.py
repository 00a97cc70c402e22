"""The command line of `python -m followers.sandbox` and `manage.py wechat_sandbox`."""

import argparse
import signal
import sys
import threading
from dataclasses import fields
from functools import partial

from .api.account import DEMO_APP_ID, DEMO_APP_SECRET, DEMO_FOLLOWERS
from .http.server import Sandbox
from .options import JSON_TYPE, Options

_INTRO = """\
Simulated WeChat (a simulation, no data of real people) / 模拟微信（仅供演示，不含真实用户）
  {sandbox.url}/  page with faults to switch on / 可切换各种故障的页面
  AppID      {sandbox.app_id}
  AppSecret  {sandbox.app_secret}
  Followers / 粉丝  {followers}
Ctrl-C stops it / 按 Ctrl-C 停止"""


def _parse_quota(text: str) -> tuple[str, int]:
    path, _, limit = text.rpartition("=")
    if not path.startswith("/") or not limit.isdecimal():
        raise argparse.ArgumentTypeError("expected PATH=NUMBER, such as /cgi-bin/user/get=500")
    return path, int(limit)


def _parse_account(text: str) -> tuple[str, str, int]:
    app_id, _, rest = text.partition(":")
    secret, _, followers = rest.partition(":")
    if not (app_id and secret and followers.isdecimal()):
        raise argparse.ArgumentTypeError("expected APP_ID:APP_SECRET:FOLLOWERS")
    return app_id, secret, int(followers)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    add("--port", type=int, default=8001, help="0 takes a free one (default 8001)")
    add("--followers", type=int, default=DEMO_FOLLOWERS, help="how many people follow at start")
    add("--seed", default="1", help="the same seed gives the same openids and events")
    add("--app-id", default=DEMO_APP_ID)
    add("--app-secret", default=DEMO_APP_SECRET, help="well known: it opens this simulation only")
    add(
        "--account",
        type=_parse_account,
        action="append",
        default=[],
        metavar="APP_ID:APP_SECRET:FOLLOWERS",
        help="one more account",
    )
    _add_simulation_options(parser)


def _add_simulation_options(parser: argparse.ArgumentParser) -> None:
    """Adds an option for each field of `Options`."""
    add, disable = parser.add_argument, partial(parser.add_argument, action="store_false")
    add("--token-ttl", type=float, default=7200, metavar="SECONDS", help="life of a token")
    add("--latency", type=float, default=0, metavar="SECONDS", help="time that each call takes")
    add("--churn", type=float, default=0, metavar="N", help="follows and unfollows a minute")
    add("--page-size", type=int, default=10_000, help="ids in a page (default 10000)")
    disable("--no-blank-id", dest="blank_id", help="leave out the blank id of the first page")
    add("--strict-cursor", action="store_true", help="40003 to the cursor of one who has left")
    add("--tags", type=int, default=8, metavar="N", help="tags at start (default 8)")
    add("--tag-percent", type=float, metavar="N", help="share of followers who have each of them")
    disable("--no-unionid", dest="unionid", help="an account without an Open Platform account")
    add("--hostile", action="store_true", help="give some people texts that break careless pages")
    add("--forgets", action="store_true", help="tags and remark end with an unfollow")
    add("--lives", action="store_true", help="people who came and left in the last two years")
    add("--lives-until", type=float, metavar="TIME", help="unix seconds instead of the start")
    add("--tag-rate", type=int, default=0, metavar="N", help="45169 above N tag writes a second")
    add("--delete-limit", type=int, default=100_000, help="largest tag that can be deleted")
    add("--remark-limit", type=int, default=30, metavar="BYTES", help="40092 to longer remarks")
    add("--blacklist-page-size", type=int, default=1_000)
    add(
        "--text-plain",
        dest="content_type",
        action="store_const",
        const="text/plain",
        default=JSON_TYPE,
        help="send JSON as text/plain",
    )
    add(
        "--quota",
        dest="quotas",
        type=_parse_quota,
        action="append",
        default=[],
        metavar="PATH=NUMBER",
        help="calls of a path that are allowed in a day",
    )


def start(options: argparse.Namespace) -> Sandbox:
    """Starts a sandbox with these options. Raises OSError if the port is in use."""
    simulation_options = {field.name: getattr(options, field.name) for field in fields(Options)}
    return Sandbox(
        options.followers,
        options.seed,
        host=options.host,
        port=options.port,
        app_id=options.app_id,
        app_secret=options.app_secret,
        other_accounts=options.account,
        **simulation_options | {"quotas": dict(options.quotas)},
    )


def run(options: argparse.Namespace) -> int:
    """Serves in the foreground until SIGINT or SIGTERM; returns the exit code."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_signal: stop.set())
    try:
        sandbox = start(options)
    except (OSError, ValueError) as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 1
    with sandbox:
        print(_INTRO.format(sandbox=sandbox, followers=options.followers), flush=True)
        stop.wait()
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("followers.sandbox", description="A simulated WeChat.")
    add_arguments(parser)
    return run(parser.parse_args(arguments))
