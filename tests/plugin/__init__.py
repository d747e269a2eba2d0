"""The pytest plugin, run by pytest in pytest."""
