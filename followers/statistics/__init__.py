"""Reads the figures that followers.history keeps: by day, source and channel, and retention."""
