# SPDX-License-Identifier: GPL-2.0
# For Sphinx, Debian's python3-sphinx: "make htmldocs" writes build/html.

project = "nat64"
author = "the nat64 authors"
copyright = author
root_doc = "index"
exclude_patterns = ["ABI"]
language = "en"
highlight_language = "none"
smartquotes = False

html_theme = "alabaster"
html_theme_options = {
    "description": "Stateful NAT64 for Linux, configured with mkdir and echo",
    "page_width": "66em",
    "sidebar_width": "15em",
    "fixed_sidebar": True,
    "font_family": "sans-serif",
}
html_show_sourcelink = False
html_show_copyright = False
html_copy_source = False
html_use_index = False
