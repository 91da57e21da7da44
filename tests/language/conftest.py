"""How the examples of this folder are made."""

from hypothesis import settings

# The same examples every time, however slow the machine: a failure here can be repeated anywhere.
settings.register_profile("vagus", deadline=None, derandomize=True)
settings.load_profile("vagus")
