"""A request that names a foreign charset is read as UTF-8; it breaks no page."""

import pytest
from django.test import RequestFactory

from wxadmin.wsgi import application

CHARSETS = ["utf-16", "utf-32", "utf-7", "rot13", "base64", "gbk", "utf-8", "nonsense", "'x"]


def status(method, path, kind):
    environ = RequestFactory().generic(method, path).environ | {"CONTENT_TYPE": kind}
    found = []
    body = application(environ, lambda line, _headers: found.append(int(line.split()[0])))
    body.close()
    return found[0]


@pytest.mark.parametrize("charset", CHARSETS)
def test_pages_are_served(db, charset):
    kind = f"x/y; Charset = {charset}; boundary=x"
    assert status("GET", "/admin/login/?next=/admin/%E4%B8%AD", kind) == 200
    assert status("GET", "/admin/growth/?period=7d", kind) == 302


@pytest.mark.parametrize("charset", CHARSETS)
def test_forms_are_refused_for_their_token_alone(db, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert status("POST", "/admin/login/", kind) == 403
