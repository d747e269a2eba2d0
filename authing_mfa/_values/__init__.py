"""Values that callers receive, and the mapper that makes them of JSON."""
