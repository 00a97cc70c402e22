"""Make `.venv` and `.env` in the checkout that holds this file; needs nothing but Python itself.

Runs with the Python that the environment is to have. A second run finds everything in place and
is done at once; an environment that is broken, or half installed, is mended.
"""

import base64
import hashlib
import os
import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-requirements"
ENV_FILE = ROOT / ".env"
DATABASE = ROOT / "db.sqlite3"

USABLE = "import pip, sys; sys.exit(sys.version_info < (3, 11))"


def main() -> None:
    if not venv_works():
        make_venv()
    if not packages_installed():
        install_packages()
    if not ENV_FILE.exists():
        write_env()


def venv_works() -> bool:
    """A Python that was removed or updated leaves a `.venv` whose links lead nowhere."""
    try:
        answer = subprocess.run([VENV_PYTHON, "-c", USABLE], capture_output=True)
    except OSError:
        return False
    return answer.returncode == 0


def make_venv() -> None:
    say(f"Making .venv with Python {sys.version.split()[0]} …")
    run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        "Could not make .venv. On Debian and Ubuntu the package python3-venv is needed.",
    )


def fingerprint() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def packages_installed() -> bool:
    return STAMP.exists() and STAMP.read_text() == fingerprint()


def install_packages() -> None:
    say("Installing the packages of requirements.lock; this takes a minute …")
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", LOCK], "The packages could not be installed. Is the network reachable?")
    STAMP.write_text(fingerprint())


def write_env() -> None:
    """Keys of its own for every installation, readable by its owner alone."""
    if "ENCRYPTION_KEYS" not in os.environ and holds_secrets():
        sys.exit(
            f"There is no .env, but {DATABASE.name} holds AppSecrets that new keys could not read. "
            f"Put the old .env back, or move {DATABASE.name} away for a new installation."
        )
    encryption_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    text = f"SECRET_KEY={secrets.token_urlsafe(50)}\nENCRYPTION_KEYS={encryption_key}\n"
    descriptor = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)
    say("Wrote .env with fresh keys. Keep ENCRYPTION_KEYS: without it no AppSecret can be read.")


def holds_secrets() -> bool:
    """Whether the database beside `manage.py` has something that only the keys of old can read."""
    if not DATABASE.exists():
        return False
    in_use = "SELECT 1 FROM followers_officialaccount WHERE app_secret <> '' LIMIT 1"
    try:
        with closing(sqlite3.connect(f"{DATABASE.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(in_use).fetchone() is not None
    except sqlite3.Error:
        return False


def run(command: list[str | Path], failure: str) -> None:
    if subprocess.run(command).returncode != 0:
        sys.exit(failure)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
