"""What is measured: each module has a `run(followers)` that answers the seconds of its work."""
