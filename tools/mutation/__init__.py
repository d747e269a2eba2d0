"""Mutate the code: `python -m tools.mutation` names each change that no test notices."""
