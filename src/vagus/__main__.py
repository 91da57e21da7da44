"""`python -m vagus` is the command `vagus`."""

from .cli import main

if __name__ == "__main__":
    main()
