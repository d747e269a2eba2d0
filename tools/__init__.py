"""What looks for mistakes by itself, beside the tests: chaos, fuzz and mutation."""
