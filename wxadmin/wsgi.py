"""The WSGI application; an invalid setting prints one sentence instead of a traceback."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from .charset import without_charset

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wxadmin.settings")
try:
    application = without_charset(get_wsgi_application())
except ImproperlyConfigured as error:
    sys.exit(f"wxadmin cannot start: {error}")
