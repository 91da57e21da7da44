"""Writes the tables of `docs/sbml.md` anew: `python -m tests.language.write_sbml_table`."""

from .test_any_sbml import DOCUMENT, table

if __name__ == "__main__":
    head, mark, _ = DOCUMENT.read_text().partition("<!-- table -->\n")
    DOCUMENT.write_text(head + mark + table())
