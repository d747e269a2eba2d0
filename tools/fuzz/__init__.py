"""Coverage-guided fuzzing: `python -m tools.fuzz` runs it."""
