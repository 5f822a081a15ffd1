"""Benchmarks: each module prints one table; `make bench` runs them all."""
