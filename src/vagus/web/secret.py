"""Passwords made by the program: long, easy to read out, shown once."""

import secrets

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without what looks alike


def fresh_password() -> str:
    """Four groups of five letters, about 100 bits: "k3fzq-..."."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
