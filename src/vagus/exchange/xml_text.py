"""XML from elsewhere: no document types, no entities, bounded depth and size; nothing outside it is opened."""

from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from ..errors import fail

_DEEPEST = 200
_MOST_ELEMENTS = 2_000_000


def parse_xml(content: bytes, file: str) -> Element:
    """The root element, names as '{namespace}name'.

    Raises:
        VagusError: V632 with the line: not well formed, a document type or entity, or nested too deep.
    """
    builder = TreeBuilder()
    _feed(content, file, builder)
    return builder.close()


def check_xml(content: bytes, file: str) -> None:
    """Nothing when it is well-formed XML without document type; raises V632. For text another library will read."""
    _feed(content, file, None)


def _feed(content: bytes, file: str, builder: TreeBuilder | None) -> None:
    parser = expat.ParserCreate(namespace_separator="}")
    depth = count = 0

    def refuse(reason: str) -> Exception:
        return fail("V632", reason=reason, file=file, line=parser.CurrentLineNumber)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise refuse("it has too many elements, or they are nested too deep")
        if builder is not None:
            builder.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if builder is not None:
            builder.end(_named(name))

    def doctype(*_: object) -> NoReturn:
        raise refuse("it has a document type declaration")

    def entity(*_: object) -> NoReturn:
        raise refuse("it declares or uses an entity")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = parser.ExternalEntityRefHandler = entity
    if builder is not None:
        parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        reason = f"it is not well formed: {expat.ErrorString(error.code)}"
        raise fail("V632", reason=reason, file=file, line=error.lineno) from None
    except (ValueError, LookupError) as error:  # an encoding nobody knows
        raise fail("V632", reason=error, file=file) from None


def _named(name: str) -> str:
    return "{" + name if "}" in name else name
