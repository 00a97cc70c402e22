"""Nobody of the staff gets, gives, takes or sees rights that they do not hold themselves.

The addresses come from the URL resolver and the fields from the rendered forms: whatever is added
to either is tried as well.
"""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.test import Client

from followers.accounts import grants
from followers.accounts.roles import LABELS, give_role, role_of
from followers.models import OfficialAccount, Role
from tests.admin.addresses import Form, addresses

ENGLISH = {"accept-language": "en"}
HELD = [f"{do}_{what}" for do in ("view", "add", "change", "delete") for what in ("user", "group")]
# What no role and nobody below holds.
BEYOND = "delete_officialaccount"
# Fields of the models, sent whether they are rendered or not.
UNRENDERED = (
    "is_superuser",
    "is_staff",
    "is_active",
    "groups",
    "user_permissions",
    "permissions",
    "members",
    "role",
    "accounts",
)
# Of the frame around each page, not of its form.
THEME = {"csrfmiddlewaretoken", "next", "language"}
SECRETS = ("the-superuser", "Directors")
OWN = ("pk", "username", "password", "email", "is_active", "is_staff", "is_superuser")


def permission(codename):
    return Permission.objects.get(codename=codename)


@dataclass
class Cast:
    actor: User
    superuser: User
    above: User
    elsewhere: User
    peer: User
    directors: Group
    helpers: Group
    client: Client

    def everything(self):
        """What would be the most, sent to an address that shows no form."""
        groups, people = Group.objects.all(), User.objects.all()
        return {
            "post": "yes",
            "name": "x",
            "username": "x",
            "is_superuser": "on",
            "groups": [it.pk for it in groups],
            "members": [it.pk for it in people],
            "role": "administrator",
            "accounts": list(OfficialAccount.objects.values_list("pk", flat=True)),
        }

    def keys(self):
        people = [self.actor, self.superuser, self.above, self.elsewhere, self.peer]
        return {
            "auth_user": [it.pk for it in people],
            "auth_group": [self.directors.pk, self.helpers.pk],
            "followers_officialaccount": list(OfficialAccount.objects.values_list("pk", flat=True)),
            "view_on_site": [it.pk for it in people],
        }


@pytest.fixture
def acting():
    """The role of the actor; "" for single permissions, those of members and of groups."""
    return ""


@pytest.fixture
def cast(acting, account, foreign):
    people = {
        name: User.objects.create_user(name, is_staff=True, password="old")
        for name in ("actor", "above", "elsewhere", "peer")
    }
    superuser = User.objects.create_superuser("the-superuser", password="old")
    give_role(people["actor"], acting)
    if not acting:
        codenames = [*HELD, "change_officialaccount", "view_officialaccount"]
        people["actor"].user_permissions.set(Permission.objects.filter(codename__in=codenames))
    people["above"].user_permissions.set([permission(BEYOND)])
    helpers, directors = (
        Group.objects.create(name="Helpers"),
        Group.objects.create(name="Directors"),
    )
    helpers.permissions.set([permission("view_user")])
    directors.permissions.set([permission("add_officialaccount")])
    people["peer"].groups.add(helpers)
    account.members.add(people["actor"], people["above"], people["peer"], superuser)
    # They share one account with the actor, and have one that the actor has not.
    account.members.add(people["elsewhere"])
    foreign.members.add(people["elsewhere"])
    client = Client(headers=ENGLISH)
    client.force_login(people["actor"])
    return Cast(superuser=superuser, directors=directors, helpers=helpers, client=client, **people)


def rights_of(user):
    codes = Permission.objects.filter(user=user) | Permission.objects.filter(group__user=user)
    accounts = OfficialAccount.objects.filter(members=user)
    return set(codes.values_list("codename", flat=True)), set(accounts.values_list("pk", flat=True))


def roles_of(user):
    return [key] if (key := role_of(user)) else []


def untouchable(cast):
    """What nobody below may change in any way."""
    people = User.objects.filter(pk__in=[cast.superuser.pk, cast.above.pk, cast.elsewhere.pk])

    group = list(Group.objects.filter(pk=cast.directors.pk).values_list("name", "permissions"))
    return list(people.order_by("pk").values_list(*OWN)), group


def accounts_of(cast):
    people = (cast.superuser, cast.above, cast.elsewhere)
    return {(it.pk, pk) for it in people for pk in rights_of(it)[1]}


def everybody():
    """All people and groups, and whom or what they hold: five queries, whatever their number."""
    tables = (
        User.objects.order_by("pk").values_list(*OWN),
        User.user_permissions.through.objects.order_by("pk").values_list(),
        User.groups.through.objects.order_by("pk").values_list(),
        Group.permissions.through.objects.order_by("pk").values_list(),
        OfficialAccount.members.through.objects.order_by("pk").values_list(),
    )
    return [list(table) for table in tables]


def assert_nothing_was_gained(cast, before, allowed):
    assert untouchable(cast) == before[0]
    # One's own account can be taken from whom somebody else manages as well, and nothing given.
    taken = before[1] - accounts_of(cast)
    assert taken <= {(cast.elsewhere.pk, pk) for pk in allowed[1]}
    assert accounts_of(cast) <= before[1]
    for user in (cast.superuser, cast.above, cast.elsewhere):
        assert rights_of(user)[0] == ({BEYOND} if user == cast.above else set())
    assert User.objects.filter(is_superuser=True).count() == 1
    for user in User.objects.exclude(pk__in=[cast.superuser.pk, cast.above.pk, cast.elsewhere.pk]):
        permissions, accounts = rights_of(user)
        assert permissions <= allowed[0], user
        assert accounts <= allowed[1], user
    for group in Group.objects.filter(role=None).exclude(pk=cast.directors.pk):
        assert set(group.permissions.values_list("codename", flat=True)) <= allowed[0]


def hostile(form, held):
    """The form as it is, then each field in turn with all that it could ever hold.

    held: keys of the permissions that may be given; those are sent at once, the others one by one.
    """
    everything = {
        "groups": Group,
        "user_permissions": Permission,
        "permissions": Permission,
        "members": User,
        "accounts": OfficialAccount,
    }
    sent = form.fields
    yield {**sent, "post": "yes"}
    for name in sorted({*form.choices, *UNRENDERED} - THEME):
        if name in UNRENDERED:
            yield {it: value for it, value in sent.items() if it != name}
        if model := everything.get(name):
            keys = set(model.objects.values_list("pk", flat=True))
            may = keys & held if model is Permission else set()
            for some in (may, *({key} for key in keys - may)):
                yield {**sent, name: [*form.fields.get(name, []), *map(str, sorted(some))]}
        elif name == "role":
            yield from ({**sent, name: [key]} for key in ("", *LABELS))
        else:
            yield {**sent, name: ["on"]}
            yield {**sent, name: []}


def attempt(cast, address, form, before, allowed):
    with transaction.atomic():
        found = everybody()
        cast.client.post(address, form)
        if everybody() != found:
            assert_nothing_was_gained(cast, before, allowed)
        transaction.set_rollback(True)


@pytest.mark.parametrize("acting", ["", *LABELS], ids=["single permissions", *LABELS])
def test_no_form_of_any_address_gives_or_takes_more_than_is_held(cast, acting):
    before, allowed = (untouchable(cast), accounts_of(cast)), rights_of(cast.actor)
    tried = set()
    Permission.objects.exclude(codename__in=[*allowed[0], BEYOND, "add_officialaccount"]).delete()
    # The ready roles hold something that the actor does not.
    for key in {"viewer", "marketer"} - set(roles_of(cast.actor)):
        Role.objects.get(key=key).group.permissions.add(permission(BEYOND))
    held = set(Permission.objects.filter(codename__in=allowed[0]).values_list("pk", flat=True))
    for name, address in addresses(cast.keys()):
        if not name.startswith(("auth_", "followers_officialaccount_change")):
            continue
        page = cast.client.get(address)
        shown = page.status_code == 200
        for sent in hostile(Form(page.text), held) if shown else [cast.everything()]:
            attempt(cast, address, sent, before, allowed)
            tried.add(name)
        cast.client.force_login(cast.actor)
    assert {"auth_user_add", "auth_user_invite", "auth_user_change", "auth_group_change"} <= tried


@pytest.mark.parametrize("query", ["", "?_popup=1", "?_to_field=id", "?_changelist_filters=q%3Dx"])
def test_no_page_tells_of_superusers_or_of_groups_beyond_ones_own(cast, query):
    for name, address in addresses(cast.keys()):
        page = cast.client.get(f"{address}{query}")
        if page.status_code == 200 and not page.streaming:
            assert not [it for it in SECRETS if it in page.text], name
            held = {
                str(pk) for pk in grants.grantable_permissions(cast.actor).values_list("pk", flat=1)
            }
            offered = Form(page.text).choices
            for field in ("user_permissions", "permissions"):
                assert set(offered.get(field, [])) <= held, name


@pytest.mark.parametrize("address", ["change", "history", "delete"])
def test_a_superuser_has_no_page(cast, address):
    page = cast.client.get(f"/admin/auth/user/{cast.superuser.pk}/{address}/")
    assert page.status_code == 404


BUTTONS = ("invite", "mail", "sign-out", "activate")


@pytest.mark.parametrize("who", ["above", "elsewhere"])
def test_who_holds_more_can_be_seen_and_no_more(cast, who):
    home = f"/admin/auth/user/{getattr(cast, who).pk}"
    page = cast.client.get(f"{home}/change/")
    assert page.status_code == 200
    assert who in page.text
    assert "user_permissions" not in page.text
    assert "invitation/" not in page.text
    for button in BUTTONS:
        assert cast.client.post(f"{home}/{button}/").status_code == 403
    assert cast.client.post(f"{home}/delete/", {"post": "yes"}).status_code == 403


def test_who_shares_no_account_is_not_there(cast):
    stranger = User.objects.create_user("stranger", is_staff=True)
    home = f"/admin/auth/user/{stranger.pk}"
    assert "stranger" not in cast.client.get("/admin/auth/user/").text
    for address in ("change", "history", "delete", *BUTTONS):
        assert cast.client.post(f"{home}/{address}/").status_code == 404


@pytest.mark.parametrize("model", ["user", "group"])
def test_the_bulk_action_deletes_nobody_out_of_reach(cast, model):
    before = untouchable(cast)
    everything = [
        *User.objects.values_list("pk", flat=True),
        *Group.objects.values_list("pk", flat=True),
    ]
    form = {"action": "delete_selected", "index": "0", "post": "yes"}
    for keys in (everything, *([key] for key in everything)):
        with transaction.atomic():
            cast.client.force_login(cast.actor)
            cast.client.post(f"/admin/auth/{model}/", {**form, "_selected_action": keys})
            assert untouchable(cast) == before
            transaction.set_rollback(True)  # the actor may be among the deleted


def ask(cast, term=""):
    asked = {"app_label": "followers", "model_name": "officialaccount", "field_name": "members"}
    found = cast.client.get("/admin/autocomplete/", {**asked, "term": term}).json()["results"]
    return {it["text"] for it in found}


def test_superusers_are_not_completed_searched_or_filtered(cast):
    assert ask(cast) == {"actor", "above", "elsewhere", "peer"}
    assert ask(cast, "superuser") == set()
    for query in ("q=superuser", "is_superuser__exact=1", "role=administrator"):
        page = cast.client.get(f"/admin/auth/user/?{query}", follow=True)
        assert "the-superuser" not in page.text.replace(query, "")


# --- what remains possible --------------------------------------------------------------------


def save(cast, user, **values):
    address = f"/admin/auth/user/{user.pk}/change/"
    form = Form(cast.client.get(address).text).fields
    return cast.client.post(address, {**form, **values})


def test_a_role_that_one_holds_can_be_given(cast):
    held = permission("view_officialaccount")
    Role.objects.get(key="viewer").group.permissions.set([held])
    save(cast, cast.peer, role="viewer")
    # Other groups stay.
    assert rights_of(cast.peer)[0] == {"view_officialaccount", "view_user"}


def test_a_person_without_rights_can_be_invited_and_deleted(cast, account):
    new = {"username": "new", "role": "", "accounts": [account.pk]}
    Role.objects.get(key="viewer").group.permissions.clear()
    cast.client.post("/admin/auth/user/add/", {**new, "role": "viewer", "is_superuser": "on"})
    made = User.objects.get(username="new")
    assert not made.is_superuser
    assert not made.has_usable_password()
    cast.client.post(f"/admin/auth/user/{made.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(username="new").exists()


def test_a_group_with_a_stronger_member_cannot_be_changed(cast):
    cast.above.groups.add(cast.helpers)
    address = f"/admin/auth/group/{cast.helpers.pk}"
    assert cast.client.post(f"{address}/change/", {"name": "x"}).status_code == 403
    assert cast.client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403


def test_superusers_do_everything(cast):
    cast.client.force_login(cast.superuser)
    save(cast, cast.above, is_superuser="on", groups=[cast.directors.pk])
    assert User.objects.get(pk=cast.above.pk).is_superuser
    assert "Directors" in cast.client.get("/admin/auth/group/").text


def test_a_superuser_cannot_lock_themselves_out(cast):
    cast.client.force_login(cast.superuser)
    home = f"/admin/auth/user/{cast.superuser.pk}"
    form = Form(cast.client.get(f"{home}/change/").text).fields
    without = {name: it for name, it in form.items() if name != "is_superuser"}
    page = cast.client.post(f"{home}/change/", without, headers={"accept-language": "en"})
    assert "Another superuser can take this from you." in page.text
    assert cast.client.post(f"{home}/activate/").status_code == 403
    assert User.objects.get(pk=cast.superuser.pk).is_superuser


def test_an_account_can_be_taken_from_a_member_of_others(cast, account, foreign):
    address = f"/admin/auth/user/{cast.elsewhere.pk}/change/"
    page = cast.client.get(address)
    assert "Foreign" not in page.text
    assert set(Form(page.text).choices) >= {"accounts"}
    cast.client.post(address, {"accounts": []})
    assert rights_of(cast.elsewhere)[1] == {foreign.pk}
