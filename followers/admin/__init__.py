"""The admin: a folder for each page, and what they share. Importing them registers them."""

from .accounts import admin as accounts  # noqa: F401
from .alerts import admin as alerts  # noqa: F401
from .audit import admin as audit  # noqa: F401
from .changes import admin as changes  # noqa: F401
from .channels import admin as channels  # noqa: F401
from .exports import admin as exports  # noqa: F401
from .followers import admin as followers  # noqa: F401
from .home import dashboard as home  # noqa: F401
from .runs import admin as runs  # noqa: F401
from .segments import admin as segments  # noqa: F401
from .staff import admin as staff  # noqa: F401
from .tags import admin as tags  # noqa: F401
