"""The book: how Sphinx builds it. `make book` writes it to out/book."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "vagus"
author = "The vagus developers"
copyright = (
    "The vagus developers; Apache-2.0. For research, teaching and record keeping, not a medical device"
)
try:
    version = release = metadata.version("vagus")
except metadata.PackageNotFoundError:
    version = release = "0+source"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "mathml", "published", "reference"]
exclude_patterns = ["_extensions", "**/.ipynb_checkpoints", "jupyter_execute"]
html_theme = "furo"
html_title = f"vagus {release}"
html_favicon = html_logo = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False

# Strict: what cannot be resolved is a warning, and every warning ends the build (-W). Types of other libraries
# have no page here: there is no inventory to look them up without a network.
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]
default_role = "code"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_dmath_double_inline = True

# Every page with code is run when the book is built; an error in a cell ends the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 600  # seconds of one cell; machines that build books are busy
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
nb_render_markdown_format = "myst"

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
