import argparse
import signal
import socket
import subprocess
import sys

import pytest
import requests

from followers.sandbox import cli

from .caller import LIST, Caller


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return parser.parse_args(arguments)


def test_the_defaults():
    chosen = options()
    assert (chosen.host, chosen.port, chosen.followers) == ("127.0.0.1", 8001, 23_000)


def test_options_reach_the_simulation():
    wanted = "--port 0 --followers 5 --page-size 2 --no-blank-id --strict-cursor --text-plain"
    more = f"--quota {LIST}=3 --account wx1:secret:7 --token-ttl 900 --app-secret other --seed 9"
    with cli.start(options(*wanted.split(), *more.split())) as sandbox, Caller(sandbox) as wechat:
        assert wechat.stable()["expires_in"] == 900
        assert [page.get("count") for page in wechat.walk()] == [2, 2, 1, None]
        assert wechat.page()["errcode"] == 45009
        assert wechat.raw_page().headers["Content-Type"] == "text/plain"
        assert wechat.stable(appid="wx1", secret="secret")["expires_in"] == 900
        assert sandbox.simulation.options.strict_cursor
        assert sandbox.app_secret == "other"


def test_options_of_people_reach_the_simulation():
    wanted = "--port 0 --followers 90 --tags 3 --tag-percent 100 --no-unionid --hostile --forgets"
    more = "--tag-rate 4 --delete-limit 5 --blacklist-page-size 6 --remark-limit 7"
    with cli.start(options(*wanted.split(), *more.split())) as sandbox:
        chosen = sandbox.simulation.options
        assert [len(tag.openids) for tag in sandbox.tags().values()][1:] == [90] * 3
        assert all("unionid" not in profile for profile in sandbox.profiles())
        assert (chosen.hostile, chosen.forgets) == (True, True)
        assert (chosen.tag_rate, chosen.delete_limit) == (4, 5)
        assert (chosen.blacklist_page_size, chosen.remark_limit) == (6, 7)


def test_lives_reach_the_simulation():
    with cli.start(options("--port", "0", "--followers", "80")) as sandbox:
        assert sandbox.former_followers() == set()
    wanted = "--port 0 --followers 80 --lives --lives-until 1700006400.5"
    with cli.start(options(*wanted.split())) as sandbox:
        assert len(sandbox.former_followers()) == 10
        assert sandbox.simulation.options.lives_until == 1700006400.5
        assert all(one[-1].began < 1700006400 for one in sandbox.lives().values())


def test_impossible_numbers_are_said_in_words(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["--port", "0", "--tags", "101"]) == 1
    assert "between 0 and 100 tags" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--quota", "user=x"], ["--quota", "5"], ["--account", "wx1"]])
def test_wrong_options_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        options(*wrong)
    assert caught.value.code == 2
    assert "expected" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_without_django_until_it_is_told_to_stop(number: int):
    command = [sys.executable, "-m", "followers.sandbox", "--port", "0", "--followers", "23"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        shown = [process.stdout.readline() for _ in range(6)]
        url = shown[1].split("/ ")[0].strip()
        assert requests.get(url + "/sandbox/state", timeout=5).json()["followers"] == 23
        process.send_signal(number)
        assert process.wait(10) == 0
    assert "wx5a4db0c5a4db0c50" in shown[2]


def test_a_taken_port_is_said_in_words(capsys: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = cli.main(["--port", str(taken.getsockname()[1])])
    assert code == 1
    assert "cannot start" in capsys.readouterr().err


def test_nothing_but_the_standard_library_is_imported():
    code = (
        "import sys; before = set(sys.modules); import followers.sandbox\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - sys.stdlib_module_names - {'followers'}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
