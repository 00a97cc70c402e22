"""Openids, remarks, notes, tags and accounts are told to those alone who may see them.

Every address of the URL resolver is asked with every single permission. A page that is added, or a
permission, is asked as well.
"""

import json
import zlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pyroaring import BitMap64

from followers.changes.steps import add_chunk
from followers.models import (
    Channel,
    EditRun,
    EditStep,
    ExportLog,
    FollowerTag,
    ImportFile,
    OfficialAccount,
    Tag,
)
from followers.runs import lease
from followers.sync.state import DetailsState, ListingState
from tests.admin.addresses import addresses
from tests.factories import follow

ENGLISH = {"accept-language": "en"}
FOLLOWERS = {"view_follower"}
TAGS = FOLLOWERS | {"view_tag"}
# Whoever may see anything of an account that they belong to may know its name.
SEEING_ACCOUNTS = {
    *(f"{do}_officialaccount" for do in ("view", "change", "sync")),
    *(f"{do}_channel" for do in ("view", "change")),
    "add_channel",
    *(f"{do}_alerttarget" for do in ("add", "view", "change")),
    *("view_syncrun", "view_editrun", "view_exportlog", "import_followers", "undo_edits"),
    "view_auditentry",
    *("tag_followers", "remark_followers", "note_followers", "block_followers", "manage_tags"),
}
TOLD = {
    "oSECRETopenid00000000000001": FOLLOWERS,
    "remark-of-somebody": FOLLOWERS,
    "note-on-somebody": FOLLOWERS,
    "search-for-somebody": FOLLOWERS,
    "tag-of-somebody": TAGS,
    "account-of-ours": TAGS | SEEING_ACCOUNTS,
}
OPENID, REMARK, NOTE, SEARCH, TAG, NAME = TOLD


def declared():
    """Every permission, as the models declare them."""
    for label in ("followers", "auth"):
        for model in apps.get_app_config(label).get_models():
            meta = model._meta
            yield from (f"{do}_{meta.model_name}" for do in meta.default_permissions)
            yield from (codename for codename, _name in meta.permissions)


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def keys(db, make_run, make_stage):
    """An account of which everything is known and has been done: the keys of each kind of row."""
    account = OfficialAccount.objects.create(name=NAME, app_id="wx0000000000000009", app_secret="")
    now = timezone.now()
    person = follow(account, OPENID, remark=REMARK, note=NOTE, qr_scene_str="door")
    tag = Tag.objects.create(account=account, wechat_id=101, name=TAG, follower_count=1)
    FollowerTag.objects.create(follower=person, tag=tag)
    Channel.objects.create(account=account, scene="1", name="Door")
    review = make_run(account, "review", state=ListingState(sample=[person.pk], gone=1))
    sync = make_run(account, "succeeded", outstanding=1)
    make_stage(sync, "tags", reason="kept_tags", error_params={"names": TAG})
    make_stage(sync, "details", state=vars(DetailsState(bad=[OPENID])))
    runs = [changed(account, person, now, **step) for step in changes_of(tag)]
    filters = {"params": {"q": [SEARCH], "tags__id__exact": ["1"]}, "selected": None}
    log = ExportLog.objects.create(account=account, filters={**filters, "tags": {"1": TAG}}, rows=1)
    return SimpleNamespace(
        account=account,
        of={
            "followers_officialaccount": [account.pk],
            "followers_follower": [person.pk],
            "followers_tag": [tag.pk],
            "followers_channel": [Channel.objects.get().pk],
            "followers_syncrun": [review.pk, sync.pk],
            "followers_editrun": [run.pk for run in runs],
            "followers_exportlog": [log.pk],
            "followers_follower_import_": [0],
        },
    )


def changes_of(tag):
    yield {"action": "tag", "tag": tag}
    yield {"action": "remark", "text": REMARK}
    yield {"action": "note", "text": NOTE}
    yield {"action": "rename_tag", "text": TAG, "name": TAG}


def changed(account, person, now, **step):
    """A change that failed for one person: its page lists them."""
    run = EditRun.objects.create(
        account=account,
        created_at=now,
        finished_at=now,
        status="succeeded",
        selected=1,
        failed=1,
        selection=f"Search: {SEARCH} · {OPENID}",
    )
    people = BitMap64([person.pk])
    targets = people.serialize()
    row = EditStep.objects.create(run=run, position=0, selected=1, targets=targets, **step)
    add_chunk(row, 1, "failed", people, now, reason="fatal", error_code=45059)
    return run


def login(account, *codenames):
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    account.members.add(user)
    client = Client(headers=ENGLISH)
    client.force_login(user)
    return client, user


def said(answer):
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode(errors="replace")
    json_told = "json" in answer["Content-Type"]
    return json.dumps(json.loads(text), ensure_ascii=False) if json_told else text


@pytest.mark.parametrize("missing", [FOLLOWERS, TAGS, TAGS | SEEING_ACCOUNTS, set(declared())])
def test_every_other_permission_together_does_not_tell_it(keys, missing):
    """More permissions show more: one visit with all but these is worth many with one each."""
    client, user = login(keys.account, *(set(declared()) - missing))
    keys.of["followers_follower_import_"] = [upload(keys.account, user).pk]
    secrets = [secret for secret, needs in TOLD.items() if needs <= missing]
    assert secrets
    visited = 0
    for name, address in addresses(keys.of):
        answer = client.get(
            address, {"account__id__exact": keys.account.pk} if is_list(name) else {}
        )
        if answer.status_code == 200:
            text = said(answer)
            assert not [it for it in secrets if it in text], name
            visited += 1
    assert visited


def test_what_is_looked_for_is_there_to_be_found(keys):
    """Else nothing above would prove anything."""
    client, user = login(keys.account, *declared())
    keys.of["followers_follower_import_"] = [upload(keys.account, user).pk]
    texts = {name: [] for name, _parameters in addresses(keys.of)}
    for name, address in addresses(keys.of):
        answer = client.get(address)
        texts[name] += [said(answer)] if answer.status_code == 200 else []
    found = {it: {name for name, pages in texts.items() if it in "".join(pages)} for it in TOLD}
    runs = {"followers_editrun_changelist", "followers_editrun_change", "index"}
    assert runs - {"index"} <= found[SEARCH]
    assert runs <= found[REMARK] & found[NOTE] & found[TAG]
    assert {"followers_editrun_people", "followers_syncrun_progress"} <= found[OPENID]
    assert {"followers_syncrun_progress", "followers_exportlog_changelist"} <= found[TAG]
    assert "followers_exportlog_changelist" in found[SEARCH]
    assert runs <= found[NAME]


def test_no_answer_to_a_form_tells_whether_a_guess_is_right(keys):
    """“Nothing was changed: the text is the same” and “there is such a tag” would be answers."""
    client, _user = login(keys.account, *(set(declared()) - TAGS))
    guesses = [
        ("followers_follower_edit", {"action": "remark", "text": REMARK}),
        ("followers_follower_edit", {"action": "tag", "tag": keys.of["followers_tag"][0]}),
        ("followers_follower_refresh", {}),
        ("followers_follower_import", {}),
        ("followers_tag_create", {"account": keys.account.pk, "name": TAG}),
        ("followers_tag_rename", {"name": TAG}),
    ]
    where = dict(addresses(keys.of))
    for name, form in guesses:
        assert client.post(where[name], form).status_code == 403, name
    assert not EditRun.objects.exclude(pk__in=keys.of["followers_editrun"]).exists()


def test_who_may_see_nothing_is_told_so(keys):
    client, _user = login(keys.account)
    assert "You have no permission to see anything here yet" in client.get("/admin/").text


def test_an_import_needs_to_see_the_followers(keys):
    client, user = login(keys.account, "import_followers")
    file = upload(keys.account, user)
    for address in ("", f"{file.pk}/", f"{file.pk}/problems/"):
        assert client.get(f"/admin/followers/follower/import/{address}").status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_follower"))
    assert client.get(f"/admin/followers/follower/import/{file.pk}/").status_code == 200


def is_list(name):
    return name.endswith(("_changelist", "index"))


ROWS = f"""[1,0,"openid","remark"]
[2,0,"{OPENID}","{REMARK}"]
[3,0,"o-unknown","x"]
"""


def upload(account, user):
    return ImportFile.objects.create(
        account=account,
        uploaded_by=user,
        name="people.csv",
        content=zlib.compress(ROWS.encode()),
        uploaded_at=timezone.now(),
    )
