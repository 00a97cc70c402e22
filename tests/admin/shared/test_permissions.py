"""Nobody changes what they may not: no button on any page, and a forged POST reaches nothing."""

import re
import zlib
from itertools import product

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pyroaring import BitMap64

from followers.changes.steps import add_chunk
from followers.changes.undo import undo
from followers.models import EditRun, EditStep, ImportFile, Tag
from followers.runs import engine, lease
from followers.sync.state import ListingState
from tests.factories import follow

HOME = "/admin/followers"
SEEING = ("view_officialaccount", "view_follower", "view_tag", "view_editrun")
CHANGING = (
    "tag_followers",
    "remark_followers",
    "note_followers",
    "block_followers",
    "import_followers",
    "undo_edits",
    "manage_tags",
)
ACTIONS = {
    "tag": "tag_followers",
    "remark": "remark_followers",
    "note": "note_followers",
    "block": "block_followers",
    "unblock": "block_followers",
}
# What each address needs, and a form that would be good.
TARGETS = {
    **{
        f"list {what} {it}": (needs, f"{HOME}/follower/", {"action": f"edit_{what}", "step": it})
        for (what, needs), it in product(ACTIONS.items(), ("", "preview", "start"))
    },
    **{
        f"one {what}": (needs, f"{HOME}/follower/{{person}}/edit/", {"action": what})
        for what, needs in {**ACTIONS, "tags": "tag_followers"}.items()
        if what != "tag"
    },
    "list new tag": (
        "manage_tags tag_followers",
        f"{HOME}/follower/",
        {"action": "edit_tag", "step": "start", "new_tag": "new"},
    ),
    "one new tag": (
        "manage_tags tag_followers",
        f"{HOME}/follower/{{person}}/edit/",
        {"action": "tags", "new_tag": "new"},
    ),
    "create": ("manage_tags", f"{HOME}/tag/create/", {"name": "new"}),
    "rename": ("manage_tags", f"{HOME}/tag/{{tag}}/rename/", {"name": "new"}),
    "delete": ("manage_tags", f"{HOME}/tag/{{tag}}/remove/", {}),
    "clear": ("manage_tags tag_followers", f"{HOME}/tag/{{tag}}/clear/", {}),
    "upload": ("import_followers", f"{HOME}/follower/import/", {}),
    "confirm": ("import_followers", f"{HOME}/follower/import/{{file}}/", {}),
    "cancel": ("tag_followers", f"{HOME}/editrun/{{run}}/cancel/", {}),
    "retry": ("tag_followers", f"{HOME}/editrun/{{run}}/retry/", {}),
    "again": ("tag_followers", f"{HOME}/editrun/{{run}}/again/", {}),
    "undo": ("undo_edits", f"{HOME}/editrun/{{run}}/undo/", {}),
}
PAGES = (
    "follower/",
    "follower/{person}/change/",
    "tag/",
    "tag/{tag}/change/",
    "editrun/",
    "editrun/{run}/change/",
)


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """What was handed to the queue."""
    tasks = []
    monkeypatch.setattr(lease, "async_task", lambda *task: tasks.append(task))
    return tasks


@pytest.fixture
def furnish():
    """One of everything that can be changed, in an account."""

    def furnish(account, client, status="waiting"):
        person = follow(account, f"o{account.pk}")
        tag = Tag.objects.create(account=account, wechat_id=101, name="vip")
        now = timezone.now()
        run = EditRun.objects.create(account=account, created_at=now, status=status, selected=1)
        EditStep.objects.create(run=run, position=0, action="tag", tag=tag, selected=1)
        file = ImportFile.objects.create(
            account=account,
            uploaded_by_id=client.session["_auth_user_id"],
            name="vip.csv",
            content=zlib.compress(f'[1,0,"openid","note"]\n[2,0,"{person.openid}","x"]\n'.encode()),
            uploaded_at=now,
        )
        return {"person": person.pk, "tag": tag.pk, "run": run.pk, "file": file.pk}

    return furnish


def post(client, account, own, target):
    _needs, address, form = TARGETS[target]
    rest = {"index": "0", "select_across": "0", "_selected_action": own["person"]}
    file = SimpleUploadedFile("vip.csv", f"openid,note\no{account.pk},x\n".encode())
    form = {**rest, "account": account.pk, "text": "x", "file": file, **form}
    form |= {"tag": own["tag"], "add_tag": own["tag"]}
    return client.post(address.format(**own), form).status_code


def state():
    """All that a change would have to touch."""
    runs = EditRun.objects.order_by("pk").values_list("pk", "status", "version", "ticket")
    return list(runs), list(ImportFile.objects.values_list("pk", "run"))


@pytest.mark.parametrize("target", TARGETS)
def test_a_forged_form_without_the_permission(make_staff, account, foreign, furnish, sent, target):
    others = [name for name in CHANGING if name not in TARGETS[target][0].split()]
    if target in ("cancel", "retry", "again"):
        others.remove("undo_edits")
    client = make_staff(account, *SEEING, *others)
    places = [(account, furnish(account, client)), (foreign, furnish(foreign, client))]
    before = state()
    assert post(client, *places[0], target) == 403
    # That something of another account exists at all is told to nobody.
    assert post(client, *places[1], target) in (403, 404)
    assert (state(), sent) == (before, [])


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_form_with_the_permission(make_staff, account, furnish, target):
    client = make_staff(account, *SEEING, *TARGETS[target][0].split())
    assert post(client, account, furnish(account, client), target) in (200, 302)


@pytest.mark.parametrize("target", TARGETS)
def test_every_permission_but_in_another_account(
    make_staff, account, foreign, furnish, sent, target
):
    client = make_staff(account, *SEEING, *CHANGING)
    alien = furnish(foreign, client)
    before = state()
    assert post(client, foreign, alien, target) in (200, 302, 404)
    assert (state(), sent) == (before, [])


def buttons(client, own):
    """Where the forms of all pages would post a change to, and what bulk actions they name."""
    found = set()
    for page in PAGES:
        text = client.get(f"{HOME}/{page.format(**own)}").text
        found |= set(re.findall(r'action="(/admin/followers/[^"]+/)"', text))
        found |= set(re.findall(r'(?:name="(?:action|bar)"|option) value="(edit_\w+)"', text))
        found |= set(re.findall(r'href="(/admin/followers/follower/import/)', text))
    # How the list looks is everybody's own.
    return found - {f"{HOME}/follower/preferences/"}


@pytest.mark.parametrize("status", ["waiting", "succeeded"])
def test_who_may_only_look_sees_no_button(make_staff, account, furnish, status):
    looker = make_staff(account, *SEEING)
    own = furnish(account, looker, status)
    assert buttons(looker, own) == set()
    assert looker.get(f"{HOME}/follower/import/").status_code == 403
    changer = make_staff(account, *SEEING, *CHANGING)
    ended = {"again"} if status == "succeeded" else {"cancel", "retry"}
    wanted = {f"editrun/{{run}}/{name}/" for name in ended} | {
        "follower/import/",
        "follower/{person}/edit/",
        "tag/create/",
        "tag/{tag}/rename/",
        "tag/{tag}/remove/",
    }
    expected = {f"{HOME}/{address.format(**own)}" for address in wanted}
    assert buttons(changer, own) == expected | {f"edit_{what}" for what in ACTIONS}


# --- nobody is told to press what is not there ------------------------------------------------


@pytest.fixture
def viewer(make_staff, account):
    names = ("officialaccount", "follower", "tag", "channel", "syncrun", "editrun")
    return make_staff(account, *(f"view_{name}" for name in names))


def review(make_run, account):
    facts = {"known": 900, "listed": 600, "gone": 300, "asked": 300, "still": 0}
    why, state = {**facts, "total": 600}, ListingState(**facts)
    return make_run(account, "review", reason="shrunk", error_params=why, state=state)


# What stands beside a button that a viewer does not have.
TOLD = [
    "请到“公众号”页面",
    "请到“粉丝”页面",
    "请应用本次结果",
    "重新同步",
    "应用结果",
    "测试连接",
    "前往公众号",
    ">填写 AppSecret<",
    "在下方“接口”中填写",
    "检查 AppID 和 AppSecret",
    "去处理",
    "在列表上方",
]


@pytest.mark.parametrize("secret", [True, False])
def test_a_viewer_is_told_of_no_button(viewer, account, make_run, secret):
    if not secret:
        account.app_secret = ""
        account.save()
    run = review(make_run, account)
    failed = make_run(account, "failed", reason="api", error_code=40125, error_params={})
    lists = [f"/admin/followers/{name}/" for name in ("syncrun", "editrun", "follower", "tag")]
    pages = [
        "/admin/",
        *lists,
        f"/admin/followers/officialaccount/{account.pk}/change/",
        *(f"/admin/followers/syncrun/{each.pk}/change/" for each in (run, failed)),
    ]
    for address in pages:
        page = viewer.get(address)
        assert page.status_code == 200, address
        text = re.sub(r"<script.*?</script>", "", page.text, flags=re.DOTALL)
        main = text[text.index('id="content-main"') :] if 'id="content-main"' in text else text
        told = [words for words in TOLD if words in main]
        assert not told, address
        for form in re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', main):
            # How the list looks is everybody's own.
            kept = form.endswith("/follower/preferences/")
            assert kept or not form.startswith("/admin/followers/"), (address, form)


def test_a_viewer_is_told_who_decides(viewer, account, make_run):
    run = review(make_run, account)
    page = viewer.get(f"/admin/followers/syncrun/{run.pk}/change/").text
    assert "由有同步权限的成员决定" in page
    assert "需要由有权限的成员处理" in page


CREATED = {
    # A change that created a tag, and what undoing it takes.
    "of an import": ("0123456789abcdef", "undo_edits"),
    "by itself": ("", "undo_edits manage_tags"),
}


@pytest.fixture
def created(furnish):
    """An ended change that created a tag which nobody has; `mark` where a file asked for it."""

    def created(account, client, mark):
        own = furnish(account, client, "succeeded")
        EditRun.objects.filter(pk=own["run"]).update(import_fingerprint=mark, done=1)
        step = EditStep.objects.get(run=own["run"])
        EditStep.objects.filter(pk=step.pk).update(action="create_tag", name="vip", status="done")
        add_chunk(step, 0, "done", BitMap64(), timezone.now(), reason="created")
        return own

    return created


LACKING = [(kind, name) for kind, (_mark, needs) in CREATED.items() for name in needs.split()]


@pytest.mark.parametrize("target", ["undo", "again"])
@pytest.mark.parametrize(("kind", "lacking"), LACKING)
def test_whoever_may_not_delete_what_was_created_undoes_nothing(
    make_staff, account, created, sent, target, kind, lacking
):
    """Neither the undo itself, nor once more what another's undo did not come to."""
    others = [name for name in CHANGING if name != lacking]
    if target == "again" and lacking == "undo_edits":
        # Who may delete tags anyhow may delete this one, too.
        others.remove("manage_tags")
    client = make_staff(account, *SEEING, *others)
    own = created(account, client, CREATED[kind][0])
    if target == "again":
        own |= {"run": given_up(EditRun.objects.get(pk=own["run"])).pk}
    before, _sent = state(), sent.clear()
    assert f"/{target}/" not in client.get(f"{HOME}/editrun/{own['run']}/change/").text
    assert post(client, account, own, target) == 403
    assert (state(), sent) == (before, [])


@pytest.mark.parametrize("kind", CREATED)
def test_whoever_may_delete_what_was_created_undoes_it(make_staff, account, created, kind):
    mark, needs = CREATED[kind]
    client = make_staff(account, *SEEING, *needs.split())
    own = created(account, client, mark)
    assert "/undo/" in client.get(f"{HOME}/editrun/{own['run']}/change/").text
    assert post(client, account, own, "undo") == 302
    undoing = EditRun.objects.get(undo_of=own["run"])
    assert [step.action for step in undoing.steps.all()] == ["delete_tag"]
    engine.cancel(undoing)
    assert post(client, account, own | {"run": undoing.pk}, "again") == 302
    again = EditRun.objects.get(retry_of=undoing)
    assert again.steps.get().undoes == undoing.steps.get().undoes


def given_up(run):
    """Its undo, which somebody has cancelled."""
    undoing = undo(run, None)
    engine.cancel(undoing)
    return undoing
