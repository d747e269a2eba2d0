"""One call from its deadline to its log line, and what both clients have in common."""
