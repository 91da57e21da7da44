"""What an event of a model is, beside its `Equations`: when it happens and what it changes."""

from dataclasses import dataclass

from .expression import Node


@dataclass(frozen=True)
class Setting:
    """One change an event makes.

    Attributes:
        name: the state or parameter that is set.
        value: what it becomes.
        size: what the value is multiplied with: the size of the compartment before any change of the event, when a
            concentration is set and the state is an amount; None otherwise.
    """

    name: str
    value: Node
    size: Node | None


@dataclass(frozen=True)
class Happening:
    """One event of a model; expressions are nodes of the model's graph.

    Attributes:
        name: of the event; '' when it has none.
        trigger: the event is triggered when this turns from zero to another value.
        true_before: what the trigger counts as before the start; an event with False here may happen at the start.
        persistent: whether the event still happens when its trigger turns back before its turn has come.
        delay: time between trigger and execution; None for no delay.
        priority: of the events due at one time the one with the highest goes first.
        early: whether the new values are computed when the event is triggered, not when it is executed.
        settings: what it changes.
    """

    name: str
    trigger: Node
    true_before: bool
    persistent: bool
    delay: Node | None
    priority: Node | None
    early: bool
    settings: tuple[Setting, ...]
