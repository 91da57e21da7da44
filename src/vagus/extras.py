"""The one place where a library may be imported later than at the top of a file: one that vagus does not need, or one
that takes long to load and that most commands do not use."""

import importlib
from types import ModuleType
from typing import Any

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


class _Later:
    """Stands for a module, or for one thing in it, and imports it when it is first used."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _there(self) -> Any:
        module = importlib.import_module(self._module)
        return getattr(module, self._name) if self._name else module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._there(), name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self._there()(*given, **named)


def later(module: str, name: str = "") -> Any:
    """A module that vagus needs, or one thing in it, imported when it is first used and not before."""
    return _Later(module, name)
