import importlib.util
import sqlite3
import stat
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "install.py"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """The script, working on an empty checkout whose lock file asks for nothing."""
    spec = importlib.util.spec_from_file_location("install", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("LOCK", "VENV", "VENV_PYTHON", "STAMP", "ENV_FILE", "DATABASE"):
        path = tmp_path / getattr(module, name).relative_to(module.ROOT)
        monkeypatch.setattr(module, name, path)
    module.LOCK.write_text("# nothing\n")
    return module


def values(install):
    return dict(line.split("=", 1) for line in install.ENV_FILE.read_text().splitlines())


def test_installs_into_an_empty_checkout_and_finds_it_finished(install, monkeypatch):
    install.main()
    assert install.venv_works()
    assert install.packages_installed()
    monkeypatch.setattr(install, "run", lambda *arguments: pytest.fail("not finished"))
    install.main()


def test_a_changed_lock_file_installs_again(install):
    install.VENV.mkdir()
    install.STAMP.write_text(install.fingerprint())
    install.LOCK.write_text("another==1\n")
    assert not install.packages_installed()


def test_an_environment_whose_python_is_gone_does_not_work(install):
    install.VENV_PYTHON.parent.mkdir(parents=True)
    install.VENV_PYTHON.symlink_to("/nonexistent/python3")
    assert not install.venv_works()


def test_an_environment_of_an_old_python_does_not_work(install, monkeypatch):
    monkeypatch.setattr(install, "VENV_PYTHON", Path(sys.executable))
    assert install.venv_works()
    monkeypatch.setattr(install, "USABLE", "import sys; sys.exit(True)")
    assert not install.venv_works()


def test_keys_are_valid_and_readable_by_the_owner_alone(install):
    install.write_env()
    Fernet(values(install)["ENCRYPTION_KEYS"])
    assert len(values(install)["SECRET_KEY"]) >= 50
    assert stat.S_IMODE(install.ENV_FILE.stat().st_mode) == 0o600


def test_an_existing_env_is_never_overwritten(install):
    install.ENV_FILE.write_text("mine")
    with pytest.raises(FileExistsError):
        install.write_env()


@pytest.mark.parametrize(("secret", "refused"), [("gAAAA", True), ("", False)])
def test_no_new_keys_where_secrets_were_encrypted_with_others(
    install, monkeypatch, secret, refused
):
    monkeypatch.delenv("ENCRYPTION_KEYS", raising=False)
    with closing(sqlite3.connect(install.DATABASE)) as connection, connection:
        connection.execute("CREATE TABLE followers_officialaccount (app_secret)")
        connection.execute("INSERT INTO followers_officialaccount VALUES (?)", [secret])
    if refused:
        with pytest.raises(SystemExit, match=r"Put the old \.env back"):
            install.write_env()
    else:
        install.write_env()
    assert install.ENV_FILE.exists() is not refused


def test_a_failure_is_a_sentence(install):
    with pytest.raises(SystemExit, match="no luck"):
        install.run([sys.executable, "-c", "raise SystemExit(1)"], "no luck")


def test_the_version_is_that_of_the_package():
    project = tomllib.loads((SCRIPT.parent.parent / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION
