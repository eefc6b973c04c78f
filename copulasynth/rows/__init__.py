"""Rows: seeded blocks of them, and the ways in and out of files and engines."""
