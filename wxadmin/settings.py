"""All settings, read from the environment and from `.env` for variables that are not set there.

README.md has a table of the variables. Invalid values are refused at start-up.
"""

import os
from datetime import timedelta
from pathlib import Path
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from followers.wechat.limits import BATCHGET_LIMIT

from . import __version__, env, env_file, keys

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent

# Named in the message about a missing key.
_env_file = env_file.load(os.environ.get("ENV_FILE", ""), BASE_DIR / ".env")

DEBUG = env.get_bool("DEBUG", default=False)
ALLOWED_HOSTS = env.get_hosts("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.get_origins("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
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
    "followers.accounts.middleware.member_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "followers.alerts.watch.watch_middleware",
    "axes.middleware.AxesMiddleware",
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
                "followers.accounts.context_processors.rights",
                "followers.accounts.context_processors.mail",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------

DATABASES = {
    "default": env.get_database("DATABASE_URL", default=BASE_DIR / "db.sqlite3", base=BASE_DIR)
}
DATABASE = DATABASES["default"]

if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        # Take the write lock at the start: a later upgrade from reading to writing would fail
        # immediately instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
            "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; "
            # Pages of 10,000 random openids change the same pages of the index again and again:
            # they are written back every 32 MB, not every 4.
            "PRAGMA wal_autocheckpoint = 8000;"
        ),
    }
    # A file, because tests share the database with worker processes and browsers.
    DATABASE["TEST"] = {"NAME": BASE_DIR / f"test-{os.getpid()}.sqlite3"}
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    # Sets timeouts for each transaction: a session's would not survive a pooler.
    DATABASE["ENGINE"] = "wxadmin.postgresql"
    DATABASE["CONN_MAX_AGE"] = 60
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE["OPTIONS"] = {"connect_timeout": 10, **DATABASE.get("OPTIONS", {})}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A default time of day, 09:00 for the summary, is taken for a forgotten "now" for 20 seconds a day.
SILENCED_SYSTEM_CHECKS = ["fields.W161"]

# --- Keys -------------------------------------------------------------------------------------

SECRET_KEY = env.get_required("SECRET_KEY", _env_file, lambda: keys.ADVICE_FOR_SIGNING_KEY)
ENCRYPTION_KEYS = keys.parse_fernet_keys(
    env.get_required("ENCRYPTION_KEYS", _env_file, lambda: keys.encryption_keys_advice(DATABASE)),
    lambda: keys.encryption_keys_advice(DATABASE),
)

# --- Queue and cache ------------------------------------------------------------------------

REDIS_URL = env.get_redis_url("REDIS_URL")

QUEUE_TIMEOUT = env.get_int("QUEUE_TIMEOUT", 120, maximum=86_400)
QUEUE_RETRY = env.get_int("QUEUE_RETRY", 180, maximum=604_800)

Q_CLUSTER = {
    "name": "wxadmin",
    "label": "django-q2",
    "workers": env.get_int("WORKERS", 2, maximum=100),
    # A slice takes at most SYNC_SLICE_SECONDS plus one step; a longer one is stuck.
    "timeout": QUEUE_TIMEOUT,
    "retry": QUEUE_RETRY,
    "ack_failures": True,
    # With more than one prefetched task, `retry` could expire while they wait.
    "queue_limit": 1,
    "save_limit": -1,
    "catch_up": False,
    # Recycled workers look like dead ones to the supervisor, which replaces the whole group.
    "recycle": 2**31,
    "log_level": "WARNING",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default", "poll": 0.2}),
}

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # A string would be split at commas and semicolons, also within a password.
            "LOCATION": [REDIS_URL],
            "KEY_PREFIX": "wxadmin",
            # Only counts are cached: a page must not wait long for an unreachable server.
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    }

# --- Sync engine (seconds; docs/architecture.md explains them) --------------------------------

# The page of the sandbox; set by the demo, and linked on the home page.
SANDBOX_URL = env.get_base_url("SANDBOX_URL", "")
WECHAT_API_BASE_URL = env.get_base_url("WECHAT_API_BASE_URL", "https://api.weixin.qq.com")
SYNC_LEASE_SECONDS = env.get_int("SYNC_LEASE_SECONDS", 60, maximum=3_600)
SYNC_SLICE_SECONDS = env.get_int("SYNC_SLICE_SECONDS", 20, maximum=3_600)
# Length of a slice while other accounts wait.
SYNC_TURN_SECONDS = env.get_int("SYNC_TURN_SECONDS", 3, maximum=3_600)
SYNC_STEP_SECONDS = env.get_int("SYNC_STEP_SECONDS", 40, maximum=3_600)
SYNC_WAKE_SECONDS = env.get_int("SYNC_WAKE_SECONDS", 10, maximum=3_600)
WORKER_STUCK_SECONDS = env.get_int("WORKER_STUCK_SECONDS", 60, maximum=3_600)

# Openids per call of batchget.
DETAILS_BATCH = env.get_int("DETAILS_BATCH", BATCHGET_LIMIT, maximum=BATCHGET_LIMIT)
DETAILS_CALLS_AT_ONCE = env.get_int("DETAILS_CALLS_AT_ONCE", 8, maximum=100)
DETAILS_MAX_AGE_DAYS = env.get_int("DETAILS_MAX_AGE_DAYS", 30, maximum=3_650)
DETAILS_QUOTA_SHARE = env.get_fraction("DETAILS_QUOTA_SHARE", 0.8)
# Up to this number, all apparent unfollows are confirmed; otherwise, a sample.
CONFIRM_BUDGET = env.get_int("CONFIRM_BUDGET", 2000, maximum=1_000_000)

# How long a list of followers may take to be counted; 0: as long as it takes.
LIST_COUNT_MS = env.get_int("LIST_COUNT_MS", 40, minimum=0, maximum=60_000)

# Whether web processes look for workers, and tell if none is alive (followers.alerts.watch).
WATCH_WORKERS = env.get_bool("WATCH_WORKERS", default=True)
# A day on which so many more left than joined is told: people, and a share of the followers.
FOLLOWERS_DROPPED_MIN = env.get_int("FOLLOWERS_DROPPED_MIN", 20, maximum=1_000_000_000)
FOLLOWERS_DROPPED_SHARE = env.get_fraction("FOLLOWERS_DROPPED_SHARE", 0.02)

# A worker counts as dead when its lease expires, so calls must be shorter.
env.check_greater("SYNC_LEASE_SECONDS", SYNC_LEASE_SECONDS, "SYNC_STEP_SECONDS", SYNC_STEP_SECONDS)
# A slice finishes its last step; with a shorter time-out, the queue would kill it in between.
env.check_greater(
    "QUEUE_TIMEOUT",
    QUEUE_TIMEOUT,
    "SYNC_SLICE_SECONDS and SYNC_STEP_SECONDS together",
    SYNC_SLICE_SECONDS + SYNC_STEP_SECONDS,
)
env.check_greater("QUEUE_RETRY", QUEUE_RETRY, "QUEUE_TIMEOUT", QUEUE_TIMEOUT)
# An idle worker is checked a second time before it is replaced.
env.check_greater(
    "WORKER_STUCK_SECONDS", WORKER_STUCK_SECONDS, "SYNC_WAKE_SECONDS", SYNC_WAKE_SECONDS
)

# --- Alerts ------------------------------------------------------------------------------------

# The public address, for links in messages.
SITE_URL = env.get_site_url("SITE_URL")
# Without a host, no mail is sent, and whoever tries is told why.
_email = env.get_email("EMAIL_URL")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = _email["EMAIL_TIMEOUT"]
# Most mail services let a user send only from the user's own address.
DEFAULT_FROM_EMAIL = env.get_sender(
    "DEFAULT_FROM_EMAIL",
    EMAIL_HOST_USER if "@" in EMAIL_HOST_USER else "wxadmin@localhost.invalid",
)

# --- Language, time, static files -------------------------------------------------------------

LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_CODE = env.get_choice("LANGUAGE_CODE", "zh-hans", dict(LANGUAGES))
# Before Django's own: our file also has better Chinese texts for Django's pages.
LOCALE_PATHS = [BASE_DIR / "followers" / "locale"]
TIME_ZONE = env.get_choice(
    "TIME_ZONE", "Asia/Shanghai", available_timezones(), "a time zone like Asia/Shanghai"
)
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
# Files are served from the packages, without collectstatic and STATIC_ROOT.
WHITENOISE_USE_FINDERS = True

# --- The admin's looks ------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": _("Follower management"),
    "SITE_HEADER": _("Follower management"),
    "SITE_SUBHEADER": "followers.admin.shared.navigation.current_account",
    "SITE_DROPDOWN": "followers.admin.shared.navigation.account_switcher",
    "SITE_URL": None,
    "SITE_SYMBOL": "groups",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": "followers.admin.shared.navigation.favicon",
        }
    ],
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {"navigation": "followers.admin.shared.navigation.account_links"},
    "STYLES": [
        "followers.admin.shared.navigation.stylesheet",
        "followers.admin.shared.navigation.growth_stylesheet",
    ],
    "SCRIPTS": [
        "followers.admin.shared.navigation.script",
        "followers.admin.shared.navigation.chart_script",
    ],
    "DASHBOARD_CALLBACK": "followers.admin.home.dashboard.dashboard_context",
    "SIDEBAR": {"navigation": "followers.admin.shared.navigation.navigation"},
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
# Limits the size of uploads, before Django's default handlers.
FILE_UPLOAD_HANDLERS = [
    "followers.files.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Security ---------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "followers.accounts.backend.StaffBackend",
]
# Wrong passwords for one name from one address, and how long to wait then (accounts.sign_in).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], ["ip_address"]]
AXES_HANDLER = "followers.accounts.sign_in.SignInHandler"
AXES_USERNAME_CALLABLE = "followers.accounts.sign_in.name_tried"
AXES_CLIENT_IP_CALLABLE = "followers.accounts.sign_in.address_of"
AXES_LOCKOUT_CALLABLE = "followers.accounts.sign_in.mark_refused"
AXES_RESET_ON_SUCCESS = True
# Else who goes on trying would never get in.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Of what is sent with a wrong one, which is kept, beside the field "password".
AXES_SENSITIVE_PARAMETERS = [
    "username",
    "ip_address",
    "old_password",
    "new_password1",
    "new_password2",
]

# After so long without a page, one has to sign in again (accounts.sessions renews it).
SESSION_COOKIE_AGE = env.get_int("SESSION_IDLE_HOURS", 12, maximum=8_760) * 3600
# Seconds; invitations are valid for as long (followers.accounts.invitations).
PASSWORD_RESET_TIMEOUT = 72 * 3600
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS.append({"NAME": "followers.accounts.member_trail.PasswordTrail"})

# On if a proxy terminates TLS and sets X-Forwarded-Proto.
HTTPS = env.get_bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

CSRF_FAILURE_VIEW = "wxadmin.errors.csrf_failure"

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "database": {"()": "followers.database_errors.OmitTraceback"},
        "refusals": {"()": "wxadmin.logs.OmitRefusals"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["database"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "followers": {"level": env.get_choice("LOG_LEVEL", "INFO", LOG_LEVELS)},
        # It logs addresses, which hold secrets.
        "apprise": {"level": "CRITICAL"},
        # A line for each wrong password, without saying whose.
        "axes": {"level": "ERROR"},
        # Has one for each request that is refused, too.
        "django.request": {"filters": ["refusals"]},
    },
}
