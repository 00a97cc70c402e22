"""An Official Account: its credentials, its client, its API usage, permissions for it."""
