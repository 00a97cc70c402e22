"""Changes to followers from a file: what it says, what that would change, and the run that does."""
