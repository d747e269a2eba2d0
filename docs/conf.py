"""How the documentation is built: `make docs`. Nothing is fetched while it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docutils.nodes import Element, TextElement  # noqa: E402
from sphinx.addnodes import pending_xref  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402
from sphinx.environment import BuildEnvironment  # noqa: E402
from sphinx.ext.napoleon import Config, GoogleDocstring  # noqa: E402

import authing_mfa  # noqa: E402
import authing_mfa.audit  # noqa: E402
import authing_mfa.sandbox  # noqa: E402

project = "authing-mfa"
author = "authing-mfa contributors"
copyright = author
version = release = authing_mfa.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
default_role = "literal"
highlight_language = "none"
exclude_patterns = ["_build", "adr"]

html_theme = "furo"
html_title = f"authing-mfa {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {"code-font-size": "78%"},
}

add_module_names = False
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88

# Other projects' names are not looked up, since that would need their inventories.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(collections|concurrent|datetime|os|pathlib|requests|types|typing)\..*"),
    ("py:.*", r"(Any|Callable|Executor|Iterable|Iterator|Mapping|Path|Sequence|TextIO|datetime)"),
    ("py:class", r"authing_mfa\._.*|OnNewTokens|(.*\.)?[CM]"),
    ("py:exc", r".*, .*|LookupError|OSError|TimeoutError|TypeError|ValueError"),
]

_PUBLIC = {
    name: module.__name__
    for module in (authing_mfa, authing_mfa.audit, authing_mfa.sandbox)
    for name in module.__all__
}
_DOCSTRINGS = Config(napoleon_use_ivar=True)
_PRIVATE = re.compile(r"(?=\bauthing_mfa\.[\w.]*\.[A-Z])")
_ATTRIBUTES = ("attribute", "data", "property")


def setup(app: Sphinx) -> None:
    """Read Google docstrings, and call everything by its public name."""
    app.connect("autodoc-process-signature", _name_own_class)
    app.connect("autodoc-process-docstring", _read_docstring)
    app.connect("missing-reference", _find_publicly)


def _name_own_class(
    app: Sphinx,
    what: str,
    name: str,
    obj: object,
    options: object,
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Write the class's own name where it is a type variable in the code."""
    is_own = what == "method" and (returned or "").rpartition(".")[2] in ("C", "M")
    return signature, name.split(".")[-2] if is_own else returned


def _read_docstring(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    # The extension would take an attribute's words before a colon for its type.
    kind = "method" if what in _ATTRIBUTES else what
    read = GoogleDocstring(lines, _DOCSTRINGS, app, kind, name, obj, options).lines()
    lines[:] = [_PRIVATE.sub("~", line) if ":vartype" in line else line for line in read]


def _find_publicly(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contents: TextElement
) -> Element | None:
    name = node["reftarget"].rpartition(".")[2]
    target = f"{_PUBLIC.get(name)}.{name}"
    if node.get("refdomain") != "py" or node["reftarget"] == target:
        return None
    python = env.get_domain("py")
    return python.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contents)
