"""Commands of `python -m vagus.web`."""
