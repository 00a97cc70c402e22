"""What the tests of segments do as a member of an account."""

import re

from django.contrib.auth.models import User

from followers.models import Segment

LIST = "/admin/followers/segment/"
FOLLOWERS = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
KEEPING = ("add_segment", "change_segment", "delete_segment")


def user_of(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


def make(account, name="friends", query="q=Li", **values):
    return Segment.objects.create(account=account, name=name, query=query, **values)


def save(client, query, **form):
    return client.post(f"{LIST}save/", {"query": query, **form}, headers=ENGLISH)


def said(client, response):
    return client.get(response.url, headers=ENGLISH).text


def shown(client, address):
    return sorted(re.findall(r'title="(o[A-Z]\w+)"', client.get(address).text))
