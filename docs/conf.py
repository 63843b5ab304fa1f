"""The site of these pages, by Sphinx: the same Markdown that a code host shows.

In: the pages here, README.md and its siblings; the menu is the lists of index.md. Out: build/site.
Nothing is fetched, neither when it is built nor when it is read.
"""

import re
from typing import Any

project = "mxval"
extensions = ["myst_nb"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "mumax_runs/*.md", "mumax_runs/recorded/*.md"]
exclude_patterns = ["**/.ipynb_checkpoints"]

myst_heading_anchors = 4
nb_execution_mode = "off"  # they are executed where they are written, and by the tests
highlight_language = "none"
smartquotes = False  # H'' and --options stay what one types

html_theme = "furo"
html_title = "mxval"
html_theme_options = {"footer_icons": []}
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False

LISTED = re.compile(r"^## (.+)$|^- \[(.+?)\]\(([\w./-]+)\.(?:md|ipynb)\)", re.MULTILINE)


def with_menu(text: str) -> str:
    """The first page with a menu of the pages that it lists, a part for each heading.

    Examples
    --------
    >>> print(with_menu("## Start\\n- [Tutorial](tutorial.md)").partition("md)")[2].strip())
    ```{toctree}
    :hidden:
    :caption: Start
    Tutorial <tutorial>
    ```
    """
    parts: list[list[str]] = []
    for heading, title, page in LISTED.findall(text):
        if heading:
            parts.append(["```{toctree}", ":hidden:", f":caption: {heading}"])
        else:
            parts[-1].append(f"{title} <{page}>")
    return "\n\n".join((text, *("\n".join((*part, "```")) for part in parts)))


def _add_menu(app: Any, name: str, source: list[str]) -> None:
    if name == root_doc:
        source[0] = with_menu(source[0])


def setup(app: Any) -> None:
    """Sphinx's hook: the menu, and a diagram that stays text."""
    from pygments.lexers.special import TextLexer  # the tests read this file where there may be no Sphinx

    app.add_lexer("mermaid", TextLexer)
    app.connect("source-read", _add_menu)
