import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from followers.fields import Undecryptable, decrypt, encrypt
from followers.models import Follower, OfficialAccount

from .sync.driver import SECRET


@pytest.fixture
def other_key():
    return Fernet.generate_key().decode()


def ciphertext():
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_secret FROM followers_officialaccount")
        return cursor.fetchone()[0]


def test_decrypt_reverses_encrypt():
    text = encrypt("密钥 s3cret")
    assert "s3cret" not in text
    assert decrypt(text) == "密钥 s3cret"


def test_encryption_is_not_deterministic():
    assert encrypt("a") != encrypt("a")


def test_the_first_key_encrypts_and_all_decrypt(settings, other_key):
    old = encrypt("a")
    settings.ENCRYPTION_KEYS = [other_key, *settings.ENCRYPTION_KEYS]
    assert decrypt(old) == "a"
    assert Fernet(other_key).decrypt(encrypt("b").encode()) == b"b"


def test_an_invalid_key_is_refused(settings):
    settings.ENCRYPTION_KEYS = ["no key"]
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS"):
        encrypt("a")


def test_empty_stays_empty(db):
    OfficialAccount.objects.create(name="A", app_id="wx0000000000000001", app_secret="")
    assert ciphertext() == ""
    assert OfficialAccount.objects.get().app_secret == ""


def test_a_lost_key_breaks_no_page_and_keeps_the_ciphertext(account, settings, other_key):
    stored, keys = ciphertext(), settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [other_key]
    read = OfficialAccount.objects.get()
    assert isinstance(read.app_secret, Undecryptable)
    assert read.app_secret == ""
    read.name = "Renamed"
    read.save()
    assert ciphertext() == stored
    settings.ENCRYPTION_KEYS = keys
    assert OfficialAccount.objects.get().app_secret == SECRET


def test_ids_sort_by_their_bytes(account):
    for openid in ("ob", "oB", "o_", "o-", "oa"):
        Follower.objects.create(
            account=account,
            openid=openid,
            first_seen_at=account.created_at,
            status_as_of=account.created_at,
        )
    ordered = list(Follower.objects.order_by("openid").values_list("openid", flat=True))
    assert ordered == ["o-", "oB", "o_", "oa", "ob"]


def test_ids_are_found_by_case(account):
    Follower.objects.create(
        account=account,
        openid="oAbc",
        first_seen_at=account.created_at,
        status_as_of=account.created_at,
    )
    assert not Follower.objects.filter(openid="oabc").exists()
    assert Follower.objects.filter(openid="oAbc").exists()


@pytest.mark.django_db
def test_a_dump_holds_ciphertext():
    account = OfficialAccount(name="a", app_id="wx1", app_secret=SECRET)
    field = OfficialAccount._meta.get_field("app_secret")
    dumped = field.value_to_string(account)
    assert SECRET not in dumped
    assert field.to_python(dumped) == SECRET
    # Of a key that is lost: it must not be encrypted once more.
    foreign = Fernet(Fernet.generate_key()).encrypt(SECRET.encode()).decode()
    lost = field.to_python(foreign)
    assert isinstance(lost, Undecryptable)
    account.app_secret = lost
    assert field.value_to_string(account) == foreign
