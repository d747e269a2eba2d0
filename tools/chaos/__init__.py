"""A server that misbehaves by a seeded plan, and calls that keep their promises all the same."""
