"""What happened to an object is told by the activity log, or not at all."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.sample_data import create_sample_data

LINK = re.compile(r'href="([^"]*(?:auditentry|history)[^"]*)"[^>]*>\s*<span[^>]*>\s*history')
LOG = "/admin/followers/auditentry/"
TOLD = {"user": "person", "account": "account__id__exact"}


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sample_data(db):
    return create_sample_data()


@pytest.fixture
def admin(sample_data):
    return browser(sample_data.admin)


def page_of(name, sample_data, client):
    """Its address, and where its link leads that is not the sidebar's."""
    address = sample_data.pages[name]
    main = client.get(address).text.partition('id="main"')[2]
    return address, LINK.findall(main)


def key_of(address):
    return address.split("/")[-3]


@pytest.mark.parametrize("name", TOLD)
def test_the_link_leads_to_the_log_of_the_object(name, sample_data, admin):
    address, links = page_of(name, sample_data, admin)
    [link] = links
    assert link == f"{LOG}?{TOLD[name]}={key_of(address)}"
    assert admin.get(link).context["cl"].problems == []
    # Who kept the address of what was there before.
    old = admin.get(address.replace("/change/", "/history/"))
    assert (old.status_code, old["location"]) == (302, link)


@pytest.mark.parametrize("name", ["channel", "alert target", "group", "segment", "tag", "follower"])
def test_where_the_log_has_no_filter_nothing_tells_half(name, sample_data, admin):
    address, links = page_of(name, sample_data, admin)
    assert links == []
    assert admin.get(address.replace("/change/", "/history/")).status_code == 404


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("may_read", [True, False])
def test_only_who_may_read_the_log_has_a_link(name, may_read, sample_data):
    rights = ["view_user", "view_officialaccount", *(["view_auditentry"] if may_read else [])]
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__in=rights))
    sample_data.account.members.add(reader, User.objects.get(username="staff"))
    client = browser(reader)
    address, links = page_of(name, sample_data, client)
    assert client.get(address).status_code == 200
    assert bool(links) == may_read
    old = client.get(address.replace("/change/", "/history/"))
    assert old.status_code == (302 if may_read else 404)
    if may_read:
        assert client.get(links[0]).context["cl"].problems == []
