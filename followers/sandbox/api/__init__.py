"""The endpoints of the simulated API."""
