"""Policies that other tools made: read without running what is in them, and turned into ours."""
