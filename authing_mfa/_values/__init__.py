"""What callers receive, and how JSON becomes it."""
