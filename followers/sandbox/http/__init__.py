"""The simulation on HTTP: its API, its own addresses under /sandbox/, and its page."""
