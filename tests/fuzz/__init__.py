"""Coverage-guided fuzzing: `python -m tests.fuzz` runs it, the tests here keep it from rotting."""
