"""Syncs that start by themselves."""
