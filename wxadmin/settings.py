"""Every setting, read from the environment; `.env` fills what the environment leaves out.

The table of variables is in README.md. Values that cannot be meant are refused at start-up.
"""

import os
from pathlib import Path
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from followers.wechat.limits import BATCHGET_LIMIT

from . import env, env_file, keys

BASE_DIR = Path(__file__).resolve().parent.parent

# Said where a key is missing.
_env_file = env_file.load(os.environ.get("ENV_FILE", ""), BASE_DIR / ".env")

DEBUG = env.switch("DEBUG", default=False)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

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
                "followers.accounts.context_processors.rights",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------

DATABASES = {
    "default": env.database("DATABASE_URL", default=BASE_DIR / "db.sqlite3", base=BASE_DIR)
}
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
    # Limits how long a transaction waits or stands still; no setting of the session could, because
    # behind a pooler the session is everybody's.
    DATABASE["ENGINE"] = "wxadmin.postgresql"
    DATABASE["CONN_MAX_AGE"] = 60
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE["OPTIONS"] = {"connect_timeout": 10, **DATABASE.get("OPTIONS", {})}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Keys -------------------------------------------------------------------------------------

SECRET_KEY = env.required("SECRET_KEY", _env_file, lambda: keys.ADVICE_FOR_SIGNING)
ENCRYPTION_KEYS = keys.fernet_keys(
    env.required("ENCRYPTION_KEYS", _env_file, lambda: keys.advice(DATABASE)),
    lambda: keys.advice(DATABASE),
)

# --- Queue and cache ------------------------------------------------------------------------

REDIS_URL = env.redis("REDIS_URL")

QUEUE_TIMEOUT = env.whole("QUEUE_TIMEOUT", 120, most=86_400)
QUEUE_RETRY = env.whole("QUEUE_RETRY", 180, most=604_800)

Q_CLUSTER = {
    "name": "wxadmin",
    "label": "django-q2",
    "workers": env.whole("WORKERS", 2, most=100),
    # A slice takes at most SYNC_SLICE_SECONDS plus one step; what takes longer is stuck.
    "timeout": QUEUE_TIMEOUT,
    "retry": QUEUE_RETRY,
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
            # A text would be split at each comma and semicolon, also at those of a password.
            "LOCATION": [REDIS_URL],
            "KEY_PREFIX": "wxadmin",
            # Only counts are cached: a page must not wait for a server that swallows packets.
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    }

# --- Sync engine (seconds; docs/architecture.md explains them) --------------------------------

# The page of the simulated WeChat; the demo sets it, and the home page then links to it.
SANDBOX_URL = env.address("SANDBOX_URL", "")
WECHAT_API_BASE_URL = env.address("WECHAT_API_BASE_URL", "https://api.weixin.qq.com")
SYNC_LEASE_SECONDS = env.whole("SYNC_LEASE_SECONDS", 60, most=3_600)
SYNC_SLICE_SECONDS = env.whole("SYNC_SLICE_SECONDS", 20, most=3_600)
# A slice gives way after this long when other accounts wait.
SYNC_TURN_SECONDS = env.whole("SYNC_TURN_SECONDS", 3, most=3_600)
SYNC_STEP_SECONDS = env.whole("SYNC_STEP_SECONDS", 40, most=3_600)
SYNC_WAKE_SECONDS = env.whole("SYNC_WAKE_SECONDS", 10, most=3_600)
WORKER_STUCK_SECONDS = env.whole("WORKER_STUCK_SECONDS", 60, most=3_600)

# Profiles: ids of one call of batchget.
DETAILS_BATCH = env.whole("DETAILS_BATCH", BATCHGET_LIMIT, most=BATCHGET_LIMIT)
DETAILS_CALLS_AT_ONCE = env.whole("DETAILS_CALLS_AT_ONCE", 8, most=100)
DETAILS_MAX_AGE_DAYS = env.whole("DETAILS_MAX_AGE_DAYS", 30, most=3_650)
DETAILS_QUOTA_SHARE = env.share("DETAILS_QUOTA_SHARE", 0.8)
# So many apparent unfollows are each confirmed; of more, a sample.
CONFIRM_BUDGET = env.whole("CONFIRM_BUDGET", 2000, most=1_000_000)

# A worker that is silent for a lease is taken for dead: no call may last as long.
env.more("SYNC_LEASE_SECONDS", SYNC_LEASE_SECONDS, "SYNC_STEP_SECONDS", SYNC_STEP_SECONDS)
# A slice ends with the step that it has begun; the queue would kill it in the middle of that.
env.more(
    "QUEUE_TIMEOUT",
    QUEUE_TIMEOUT,
    "SYNC_SLICE_SECONDS and SYNC_STEP_SECONDS together",
    SYNC_SLICE_SECONDS + SYNC_STEP_SECONDS,
)
env.more("QUEUE_RETRY", QUEUE_RETRY, "QUEUE_TIMEOUT", QUEUE_TIMEOUT)
# Whoever was found idle is looked at once more before being replaced.
env.more("WORKER_STUCK_SECONDS", WORKER_STUCK_SECONDS, "SYNC_WAKE_SECONDS", SYNC_WAKE_SECONDS)

# --- Language, time, static files -------------------------------------------------------------

LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_CODE = env.one_of("LANGUAGE_CODE", "zh-hans", dict(LANGUAGES))
# Before Django's own: our file also says in natural Chinese what Django's pages say.
LOCALE_PATHS = [BASE_DIR / "followers" / "locale"]
TIME_ZONE = env.one_of(
    "TIME_ZONE", "Asia/Shanghai", available_timezones(), "a time zone like Asia/Shanghai"
)
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
    "STYLES": ["followers.admin.shared.navigation.stylesheet"],
    "SCRIPTS": ["followers.admin.shared.navigation.script"],
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
# What nobody reads is not kept; then as Django does.
FILE_UPLOAD_HANDLERS = [
    "followers.files.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

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
HTTPS = env.switch("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

CSRF_FAILURE_VIEW = "wxadmin.errors.csrf_failure"

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"database": {"()": "followers.trouble.WithoutTraceback"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["database"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"followers": {"level": env.one_of("LOG_LEVEL", "INFO", LOG_LEVELS)}},
}
