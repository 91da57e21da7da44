"""The one place where a library that vagus does not need may be imported, when it is there."""

import importlib
from types import ModuleType

from .errors import fail


def optional(name: str) -> ModuleType | None:
    """A library that is not a dependency of vagus, or None when it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def needed(name: str, purpose: str) -> ModuleType:
    """A library that one purpose needs; raises V109 with what to install when it is not there."""
    module = optional(name)
    if module is None:
        raise fail("V109", name=name, purpose=purpose)
    return module
