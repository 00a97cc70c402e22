"""The real worker, its processes killed, frozen and cut off from the database in mid-run."""

import os
import signal
import subprocess
import sys

import pytest

from followers.management import supervisor
from followers.management.supervisor import DUTIES, Supervisor
from followers.models import EPOCH, OfficialAccount, Worker
from followers.rows.clock import db_now
from tests.installation import RECOVERY_SECONDS, have_ended
from tests.stack import ROOT, wait_for

STOP_SECONDS = 15
# Far less than a lease: whoever goes on within it did not wait for one to run out.
AT_ONCE_SECONDS = 30
# Calls that may be wasted by a kill: the page at hand, the one fetched ahead, and one more.
WASTED = 3

FEW = {"followers": 120, "page_size": 10, "latency": 0.4}


@pytest.fixture
def midway(installation):
    """A worker in the middle of a run of twelve pages."""
    installation.start_sandbox(**FEW)
    worker = installation.start_worker()
    installation.sync()
    installation.wait_for_pages(3)
    return worker


@pytest.mark.worker
def test_a_worker_says_again_and_again_that_it_is_alive(installation):
    installation.start_sandbox(**FEW)
    worker = installation.start_worker()
    seen = "SELECT seen_at FROM followers_worker"
    wait_for(lambda: installation.database.query(seen))
    [first] = installation.database.query(seen)
    wait_for(lambda: installation.database.query(seen) != [first])
    worker.stop(signal.SIGTERM, STOP_SECONDS)
    # A restart is no alarm: it counts for two minutes more.
    assert installation.database.query(seen) > [first]


def assert_exact(installation):
    assert installation.wait_until_ended() == ["succeeded"], installation.log
    assert installation.followers() == installation.sandbox.followers()
    counts = installation.runs("pages, fetched, added, unchanged, unsubscribed")
    assert counts == [(12, 120, 120, 0, 0)]


VICTIMS = {
    "main": lambda worker, sandbox: worker.main_process,
    "sentinel": lambda worker, sandbox: worker.sentinel,
    "busy child": lambda worker, sandbox: worker.busy_process(sandbox),
    "idle child": lambda worker, sandbox: worker.idle_process(sandbox),
}


@pytest.mark.worker
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_run_goes_on_when_a_process_is_killed(installation, midway, victim):
    family = midway.process_tree()
    VICTIMS[victim](midway, installation.sandbox).kill()
    wait_for(lambda: midway.is_replaced(family), RECOVERY_SECONDS)
    installation.wait_for_more_pages()
    assert_exact(installation)
    assert installation.extra_calls <= WASTED


@pytest.mark.worker
def test_a_run_goes_on_when_everything_is_killed(installation, midway):
    family = midway.process_tree()
    midway.kill()
    wait_for(lambda: have_ended(family))
    installation.start_worker()
    installation.wait_for_more_pages(AT_ONCE_SECONDS)
    assert_exact(installation)
    assert installation.extra_calls <= WASTED


@pytest.mark.worker
def test_nothing_outlives_a_killed_supervisor(installation, midway):
    family = midway.process_tree()
    midway.supervisor.kill()
    wait_for(lambda: have_ended(family), STOP_SECONDS)


@pytest.mark.worker
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_mid_run_ends_everything_and_the_next_worker_takes_over(
    installation, midway, number
):
    family = midway.process_tree()
    midway.stop(number, STOP_SECONDS)
    assert have_ended(family)
    installation.start_worker()
    installation.wait_for_more_pages(AT_ONCE_SECONDS)
    assert_exact(installation)
    assert installation.extra_calls <= WASTED


@pytest.mark.worker
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_idle_worker(installation, number):
    worker = installation.start_worker()
    family = worker.process_tree()
    worker.stop(number, STOP_SECONDS)
    assert have_ended(family)


@pytest.mark.worker
def test_the_worker_outlasts_a_database_that_is_away(installation):
    installation.start_sandbox(**FEW)
    worker = installation.start_worker()
    with installation.database.unavailable():
        wait_for(lambda: "The database did not answer" in worker.output)
    installation.sync()
    assert_exact(installation)
    assert worker.supervisor.poll() is None


@pytest.mark.worker
def test_a_group_that_does_nothing_while_tasks_wait_is_replaced(installation):
    installation.start_sandbox(**FEW)
    worker = installation.start_worker(WORKER_STUCK_SECONDS=8)
    family = worker.process_tree()
    for member in family[1:]:
        member.suspend()
    installation.sync()
    # As if a minute had passed: from Redis, a frozen process may have taken the first message.
    installation.database.change(
        f"UPDATE followers_syncrun SET redeliver_at = '{EPOCH:%F %T}+00:00'"
    )
    wait_for(lambda: worker.is_replaced(family), RECOVERY_SECONDS)
    assert "Tasks wait, and the workers do nothing." in worker.output
    assert_exact(installation)


FIRST_PROCESS = """
import ctypes, os, subprocess, sys
import django, psutil
django.setup()
from followers.management.supervisor import Group
ctypes.CDLL(None).prctl(36, 1)  # orphans fall to this process, as to the first one of a container
child = "import time; print('here', flush=True); time.sleep(600)"
parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
group = Group.__new__(Group)
group.seen = {}
group.main = subprocess.Popen(
    [sys.executable, "-c", parent], start_new_session=True, stdout=subprocess.PIPE
)
group.main.stdout.readline()
group.stop(graceful=False)
print(psutil.Process().children())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans to such a process")
def test_orphans_that_fall_to_the_supervisor_are_buried():
    command = [sys.executable, "-c", FIRST_PROCESS]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "wxadmin.settings"}
    assert subprocess.check_output(command, cwd=ROOT, env=environment, text=True) == "[]\n"


class Stillborn:
    """A group that is in trouble as soon as it has been started."""

    def __init__(self, owner):
        self.owner = owner

    def problem(self):
        return "It died at once."

    def stop(self, *, graceful):
        assert not graceful


@pytest.fixture
def lone(monkeypatch):
    """A supervisor without database and processes, whose looks take no time."""
    monkeypatch.setattr(supervisor, "TICK_SECONDS", 0)
    monkeypatch.setattr(supervisor, "Group", Stillborn)
    # A connection that an earlier test has left would be looked at.
    monkeypatch.setattr(supervisor, "close_old_connections", lambda: None)
    for name in ("revoke_leases", "release_runs", "release_runs_of_dead_workers"):
        monkeypatch.setattr(supervisor.worker_groups, name, lambda *given: 0)
    monkeypatch.setattr(supervisor.heartbeat, "beat", lambda *given: None)
    monkeypatch.setattr(supervisor, "DUTIES", ())
    return Supervisor()


def test_while_groups_die_at_once_people_are_told_and_nothing_is_alive(lone, monkeypatch):
    beats, told = [], []

    def tell():
        told.append(True)
        if len(told) == 3:
            lone.stopping.set()

    monkeypatch.setattr(supervisor.heartbeat, "beat", lambda *given: beats.append(given))
    monkeypatch.setattr(supervisor, "DUTIES", (tell,))
    monkeypatch.setattr(supervisor.signal, "signal", lambda *given: None)
    monkeypatch.setattr(Stillborn, "stop", lambda group, **given: None)
    monkeypatch.setattr(lone.stopping, "wait", lambda seconds: lone.stopping.is_set())
    lone.run()
    assert (len(told), beats) == (3, [])


def test_a_long_host_name_fits_and_its_end_tells_hosts_apart(monkeypatch):
    monkeypatch.setattr(supervisor.socket, "gethostname", lambda: "wxadmin-" + "x" * 40 + "-abc12")
    lone = Supervisor()
    assert len(f"{lone.name}/{10**9}") <= Worker._meta.get_field("name").max_length
    assert lone.host.endswith("-abc12")


def test_a_group_that_dies_at_once_is_restarted_with_growing_pauses(lone):
    pauses = []
    for _ in range(7):
        lone._one_group()
        pauses.append(lone.pause)
    assert pauses == [1, 3, 7, 15, 30, 30, 30]


def test_waiting_files_are_forgotten_whether_or_not_a_page_is_opened(lone, monkeypatch):
    forgotten = []

    def forget_old():
        forgotten.append(True)
        lone.stopping.set()

    assert supervisor.forget_old in DUTIES
    monkeypatch.setattr(supervisor, "DUTIES", (forget_old,))
    monkeypatch.setattr(Stillborn, "problem", lambda group: "")
    monkeypatch.setattr(Stillborn, "note_waiting_tasks", lambda group: None, raising=False)
    monkeypatch.setattr(Stillborn, "stop", lambda group, **given: None)
    lone._one_group()
    assert forgotten == [True]


def test_due_recounts_are_enqueued_once(account, monkeypatch):
    OfficialAccount.objects.update(baseline_at=db_now())
    sent = []
    monkeypatch.setattr(supervisor, "async_task", lambda *task: sent.append(task))
    supervisor.enqueue_due_recounts()
    supervisor.enqueue_due_recounts()
    assert sent == [(supervisor.RECOUNT_TASK, account.pk)]


def test_due_figures_of_wechat_are_enqueued_once(account, monkeypatch):
    OfficialAccount.objects.update(baseline_at=db_now())
    sent = []
    monkeypatch.setattr(supervisor, "async_task", lambda *task: sent.append(task))
    supervisor.enqueue_due_wechat_figures()
    supervisor.enqueue_due_wechat_figures()
    assert sent == [(supervisor.WECHAT_FIGURES_TASK, account.pk)]
    assert supervisor.enqueue_due_wechat_figures in DUTIES


def test_the_overlap_of_accounts_is_enqueued_once(account, monkeypatch):
    sent = []
    monkeypatch.setattr(supervisor, "async_task", lambda *task: sent.append(task))
    supervisor.enqueue_due_overlap()
    assert sent == []
    OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    supervisor.enqueue_due_overlap()
    supervisor.enqueue_due_overlap()
    assert sent == [(supervisor.OVERLAP_TASK,)]
    assert supervisor.enqueue_due_overlap in DUTIES


def test_a_group_that_lived_is_replaced_at_once(lone, monkeypatch):
    lone.pause = 15
    clock = iter([100.0, 111.0])
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: next(clock))
    lone._one_group()
    assert lone.pause == 0


def test_every_group_has_an_owner_s_name_of_its_own(lone, monkeypatch):
    freed = []
    monkeypatch.setattr(supervisor.worker_groups, "release_runs", freed.append)
    lone._one_group()
    lone._one_group()
    assert freed == [f"{lone.host}/{os.getpid()}/{number}" for number in (1, 2)]


class Broker:
    """A queue of one task, or one that is away."""

    away = False

    def queue_size(self):
        if self.away:
            raise ConnectionError("refused")
        return 1


@pytest.fixture
def idle_group(monkeypatch):
    """A group beside a broker, with a run that nobody takes; `works`: it does something else."""
    group = supervisor.Group.__new__(supervisor.Group)
    group.owner, group.idle_since, group.works, group.broker = "g", None, False, Broker()
    monkeypatch.setattr(supervisor, "get_broker", lambda: group.broker)
    monkeypatch.setattr(supervisor.worker_groups, "has_stalled_runs", lambda: True)
    monkeypatch.setattr(
        supervisor.worker_groups, "is_owner_active", lambda owner, seconds: group.works
    )
    return group


def test_how_long_a_group_does_nothing_is_counted_from_the_first_look(idle_group):
    idle_group.note_waiting_tasks()
    first = idle_group.idle_since
    idle_group.note_waiting_tasks()
    assert idle_group.idle_since == first is not None
    idle_group.works = True
    idle_group.note_waiting_tasks()
    assert idle_group.idle_since is None


def test_workers_are_not_blamed_for_a_queue_that_is_away(idle_group, caplog):
    """Nor is the time before and without it counted when it comes back."""
    idle_group.note_waiting_tasks()
    before = idle_group.idle_since
    idle_group.broker.away = True
    idle_group.note_waiting_tasks()
    assert idle_group.idle_since is None
    assert [record.getMessage() for record in caplog.records] == [
        "The queue did not answer: refused"
    ]
    idle_group.broker.away = False
    idle_group.note_waiting_tasks()
    assert idle_group.idle_since > before
