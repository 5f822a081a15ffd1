"""Hostile bytes for every reader: a million by `make fuzz`, coverage-guided, and a few in the normal tests."""
