"""Outgoing changes: what would happen, what was meant, sending it, and taking it back."""
