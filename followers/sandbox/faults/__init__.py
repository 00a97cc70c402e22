"""The faults that can be switched on, and their effects on replies."""
