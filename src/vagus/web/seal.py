"""Sealing: every clinical word is encrypted with its person's key, and that key with the master key.

AES-256-GCM; the place a text belongs to is part of the seal, so that no row can be put in the place of another.
Whoever destroys a person's key has erased the person.
"""

import json
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from ..errors import fail
from .folder import derived

_NONCE = 12


def new_key() -> bytes:
    """A new person's key, wrapped by the master key."""
    return _lock(_wrapping(), os.urandom(32), "person")


def seal(wrapped: bytes | None, place: str, content: dict[str, Any]) -> bytes:
    """The content as sealed bytes.

    Arguments: the person's wrapped key, the id of the row it belongs to, JSON-like content.
    Raises V704 when the key was destroyed, V703 when it does not fit.
    """
    if not wrapped:
        raise fail("V704")
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return _lock(_opened(bytes(wrapped)), text.encode(), place)


def unseal(wrapped: bytes | None, place: str, sealed: bytes) -> dict[str, Any]:
    """What was sealed; raises V704 when the key was destroyed, V703 when it does not fit."""
    if not wrapped:
        raise fail("V704")
    content: dict[str, Any] = json.loads(_unlock(_opened(bytes(wrapped)), bytes(sealed), place))
    return content


@lru_cache(maxsize=4096)
def _opened(wrapped: bytes) -> AESGCM:
    """The cipher of a person's key; kept, since a page opens dozens of rows of one person."""
    return AESGCM(_unlock(_wrapping(), wrapped, "person"))


@lru_cache(maxsize=1)
def _wrapping() -> AESGCM:
    return AESGCM(derived(settings.MASTER_KEY, "persons"))


def _lock(cipher: AESGCM, content: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, content, place.encode())


def _unlock(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except InvalidTag:
        raise fail("V703") from None
