"""One request out, one response in."""
