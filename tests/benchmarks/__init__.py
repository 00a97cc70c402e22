"""Benchmarks: ratios of things measured side by side. `make bench`; see docs/benchmarks.md."""
