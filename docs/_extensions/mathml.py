"""Equations as MathML, made while the book is built: browsers show it by themselves, with no script and no network."""

import re
from html import escape, unescape
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert_to_element
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

_ROWS = re.compile(r"\\begin\{aligned\}(.*)\\end\{aligned\}", re.DOTALL)
_ROOM = "0.278em"  # before a sign
_NAME = re.compile(r"\\mathrm\{([^{}]*)\}")


def mathml(latex: str, display: str = "block") -> str:
    """The MathML of a formula; `aligned` becomes a table of two columns."""
    root = ElementTree.Element("math", {"xmlns": "http://www.w3.org/1998/Math/MathML", "display": display})
    found = _ROWS.search(latex)
    if found is None:
        root.append(_row(latex))
    else:
        table = ElementTree.SubElement(root, "mtable", {"displaystyle": "true", "class": "aligned"})
        for line in found[1].split(r"\\"):
            line_of_table = ElementTree.SubElement(table, "mtr")
            cells = line.split("&") if "&" in line else ["", line]
            for cell in cells:
                ElementTree.SubElement(line_of_table, "mtd").append(_row(cell))
    return ElementTree.tostring(root, encoding="unicode")


def _row(latex: str) -> ElementTree.Element:
    # A name is one word of text: letter by letter it could not be searched for.
    text = _NAME.sub(lambda name: rf"\text{{{name[1]}}}", latex).replace(r"\_", "_").replace("{}", "").strip()
    if not text:
        return ElementTree.Element("mrow")
    row = convert_to_element(text).find("mrow")
    assert row is not None
    for element in row.iter():  # the library hands out signs as entities, to be written without any escaping
        element.text = unescape(element.text) if element.text else element.text
        if element.tag == "mo" and element.text and element.text.isalpha():
            element.tag = (
                "mi"  # max and its like are names; as signs they would stand apart from their bracket
            )
        if (
            element.tag == "mtext"
        ):  # text counts as room: a sign between two of them would have none of its own
            element.tag = "mi"
            element.set("mathvariant", "normal")
    for sign in (row[0], row[-1]) if len(row) else ():
        if sign.tag == "mo" and sign.text in ("+", "−", "=", "·", "⋅"):
            sign.set("form", "infix")  # a line goes on: the sign stands between, not before or behind
    if len(row) > 1 and row[-1].tag == "mo" and row[-1].text == "=":
        row.insert(
            len(row) - 1, ElementTree.Element("mspace", {"width": _ROOM})
        )  # at the end of a cell it has none
    return row


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    label = f' aria-label="{escape(node["label"])}"' if node.get("label") else ""
    translator.body.append(f'<div class="math"{label}>{mathml(node.astext())}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
