"""The project: settings, addresses, errors."""

# That of pyproject.toml (tests/test_install.py).
__version__ = "0.1.0"
