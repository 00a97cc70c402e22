"""Every setting, read from the environment; `.env` fills what the environment leaves out.

The table of variables is in README.md. Values that cannot be meant are refused at start-up.
"""

import os
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote
from zoneinfo import available_timezones

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))

KEY_RECIPES = {
    "SECRET_KEY": 'python -c "import secrets; print(secrets.token_urlsafe(50))"',
    "ENCRYPTION_KEYS": 'python -c "from cryptography.fernet import Fernet; '
    'print(Fernet.generate_key().decode())"',
}


def required(name: str) -> str:
    value = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Make one with\n    {KEY_RECIPES[name]}\n"
            f"and put it into the environment or into {BASE_DIR / '.env'} "
            "(`make install` does this for you)."
        )
    return value


def strict_bool(name: str, default: bool) -> bool:
    """django-environ reads every unknown word as false; a typing error must not switch things."""
    value = env.str(name, default=str(default)).strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")


def number(name: str, default: float, least: float | None = None) -> float:
    """A number of at least `least`, or greater than 0."""
    try:
        value = env.float(name, default=default)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number.") from None
    if value <= 0 or (least is not None and value < least):
        raise ImproperlyConfigured(f"{name} must be greater than 0, not {value:g}.")
    return value


def whole(name: str, default: int) -> int:
    return int(number(name, default, least=1))


def one_of(name: str, default: str, choices: Collection[str]) -> str:
    value = env.str(name, default=default)
    if value not in choices:
        shown = ", ".join(sorted(choices)[:8])
        raise ImproperlyConfigured(f"{name} is {value!r}; it can be: {shown}.")
    return value


def address(name: str, default: str, *schemes: str) -> str:
    value = env.str(name, default=default)
    if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ImproperlyConfigured(f"{name} must begin with {' or '.join(schemes)}://.")
    return value


SECRET_KEY = required("SECRET_KEY")
# Fernet keys, newest first: the first encrypts, all of them decrypt.
ENCRYPTION_KEYS = [key.strip() for key in required("ENCRYPTION_KEYS").split(",") if key.strip()]
for key in ENCRYPTION_KEYS:
    try:
        Fernet(key)
    except ValueError:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS holds something that is no key. Make one with\n"
            f"    {KEY_RECIPES['ENCRYPTION_KEYS']}"
        ) from None

DEBUG = strict_bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "followers",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "wxadmin.urls"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
WSGI_APPLICATION = "wxadmin.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------

DATABASE_URL = (
    env.str("DATABASE_URL", default="") or f"sqlite:///{quote(str(BASE_DIR / 'db.sqlite3'))}"
)
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
DATABASE = DATABASES["default"]

if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        # A transaction that will write takes its place in the queue at once: a later upgrade
        # from reading to writing fails immediately instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
            "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
        ),
    }
    # Tests run workers and browsers against the same file; memory cannot be shared with them.
    DATABASE["TEST"] = {"NAME": BASE_DIR / f"test-{os.getpid()}.sqlite3"}
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["CONN_MAX_AGE"] = 60
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE["OPTIONS"] = {
        "connect_timeout": 10,
        "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=30s",
        **DATABASE.get("OPTIONS", {}),
    }
else:
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgres://.")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Queue and cache ------------------------------------------------------------------------

REDIS_URL = address("REDIS_URL", "", "redis", "rediss", "unix")

Q_CLUSTER = {
    "name": "wxadmin",
    "label": "django-q2",
    "workers": whole("WORKERS", 2),
    # A slice takes at most SYNC_SLICE_SECONDS plus one step; what takes longer is stuck.
    "timeout": whole("QUEUE_TIMEOUT", 120),
    "retry": whole("QUEUE_RETRY", 180),
    "ack_failures": True,
    # More than one prefetched task would let `retry` run out while they wait.
    "queue_limit": 1,
    "save_limit": -1,
    "catch_up": False,
    # Workers that end on purpose look like workers that died; the supervisor replaces the
    # whole group instead.
    "recycle": 2**31,
    "log_level": "WARNING",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default", "poll": 0.2}),
}

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "wxadmin",
            # Only counts are cached: a page must not wait for a server that swallows packets.
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    }

# --- Sync engine (seconds; docs/architecture.md explains them) --------------------------------

# The page of the simulated WeChat; the demo sets it, and the home page then links to it.
SANDBOX_URL = env.str("SANDBOX_URL", default="")
WECHAT_API_BASE_URL = address("WECHAT_API_BASE_URL", "https://api.weixin.qq.com", "https", "http")
SYNC_LEASE_SECONDS = number("SYNC_LEASE_SECONDS", 60)
SYNC_SLICE_SECONDS = number("SYNC_SLICE_SECONDS", 20)
# A slice gives way after this long when other accounts wait.
SYNC_TURN_SECONDS = number("SYNC_TURN_SECONDS", 3)
SYNC_STEP_SECONDS = number("SYNC_STEP_SECONDS", 40)
SYNC_WAKE_SECONDS = number("SYNC_WAKE_SECONDS", 10)
WORKER_STUCK_SECONDS = number("WORKER_STUCK_SECONDS", 60)

# Profiles: batchget takes up to 100 ids a call.
DETAILS_BATCH = min(whole("DETAILS_BATCH", 100), 100)
DETAILS_CALLS_AT_ONCE = whole("DETAILS_CALLS_AT_ONCE", 8)
DETAILS_MAX_AGE_DAYS = whole("DETAILS_MAX_AGE_DAYS", 30)
DETAILS_QUOTA_SHARE = number("DETAILS_QUOTA_SHARE", 0.8)
# So many apparent unfollows are each confirmed; of more, a sample.
CONFIRM_BUDGET = whole("CONFIRM_BUDGET", 2000)

if SYNC_STEP_SECONDS >= SYNC_LEASE_SECONDS:
    raise ImproperlyConfigured("SYNC_STEP_SECONDS must be smaller than SYNC_LEASE_SECONDS.")

# --- Language, time, static files -------------------------------------------------------------

LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_CODE = one_of("LANGUAGE_CODE", "zh-hans", dict(LANGUAGES))
# Before Django's own: our file also says in natural Chinese what Django's pages say.
LOCALE_PATHS = [BASE_DIR / "followers" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
if TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured(f"TIME_ZONE is {TIME_ZONE!r}, which is no time zone.")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
# Files are served straight from the packages, so that there is no collectstatic to forget; for the
# same reason there is no STATIC_ROOT.
WHITENOISE_USE_FINDERS = True

# --- The admin's looks ------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": _("Follower management"),
    "SITE_HEADER": _("Follower management"),
    "SITE_SUBHEADER": "followers.admin.frame.current_account",
    "SITE_DROPDOWN": "followers.admin.frame.account_switcher",
    "SITE_URL": None,
    "SITE_SYMBOL": "groups",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": "followers.admin.frame.favicon",
        }
    ],
    "SHOW_LANGUAGES": True,
    "STYLES": ["followers.admin.frame.stylesheet"],
    "SCRIPTS": ["followers.admin.frame.script"],
    "DASHBOARD_CALLBACK": "followers.admin.home.context",
    "SIDEBAR": {"navigation": "followers.admin.frame.navigation"},
    "COMMAND": {"search_models": False},
    # A green that carries white text: 600 has a contrast of 5.5 to 1.
    "COLORS": {
        "primary": {
            "50": "oklch(97.9% .021 166.1)",
            "100": "oklch(95% .052 163.1)",
            "200": "oklch(90.5% .093 164.2)",
            "300": "oklch(84.5% .143 165)",
            "400": "oklch(76.5% .177 163.2)",
            "500": "oklch(69.6% .17 162.5)",
            "600": "oklch(50.8% .118 165.6)",
            "700": "oklch(43.2% .095 166.9)",
            "800": "oklch(37.8% .077 168.9)",
            "900": "oklch(32% .062 170)",
            "950": "oklch(26.2% .051 172.6)",
        }
    },
}

# The preview of a channel import sends the file back as text: up to 2 MB, half as much again as
# UTF-8, and twice as much where every character is a quotation mark.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000

# --- Security ---------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Behind a proxy that ends TLS and sets X-Forwarded-Proto.
HTTPS = strict_bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"followers": {"level": one_of("LOG_LEVEL", "INFO", LOG_LEVELS)}},
}
