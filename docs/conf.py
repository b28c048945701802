"""Sphinx settings; the build needs no network, and the site none either."""

import os
import re
import sys
from pathlib import Path

import jupyter_server_mathjax
from sphinx.util import logging

import reservoir

sys.path.insert(0, str(Path(__file__).parent))
import inventories
import reference

project = "reservoir-learn"
author = "the reservoir-learn developers"
copyright = "the reservoir-learn developers"
release = version = reservoir.__version__

extensions = [
    "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc", "myst_parser",
    "sphinx_copybutton", "sphinx_design", "sphinx_gallery.gen_gallery", "sphinx.ext.intersphinx",
]  # fmt: skip
os.environ["PYTHONWARNINGS"] = "error::UserWarning"  # of the processes that run the examples
sphinx_gallery_conf = {
    "examples_dirs": ["tutorials", "ideas"],
    "gallery_dirs": ["notebooks", "pictured"],
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "ignore_repr_types": r"matplotlib|list",
    "min_reported_time": 1e9,
    "doc_module": ("reservoir",),
    "backreferences_dir": "api/examples",
    "parallel": True,
    "first_notebook_cell": "%matplotlib inline",
}
intersphinx_mapping = {
    name: (site, str(inventories.FOLDER / f"{name}.inv"))
    for name, site in inventories.SITES.items()
}
default_role = "py:obj"
reference.write(Path(__file__).parent / "api")
autosummary_generate = True
numpydoc_show_class_members = False
# types of parameters lead to their pages
numpydoc_xref_param_type = True
numpydoc_xref_ignore = {"sum", "any", "min", "of", "shape", "or", "optional", "default"}
numpydoc_xref_aliases = {
    "ndarray": "numpy.ndarray",
    "RandomState": "numpy.random.RandomState",
    "Generator": "numpy.random.Generator",
    "DataFrame": "pandas.DataFrame",
    "Bunch": "sklearn.utils.Bunch",
    "None": "None",
    "bool": "bool",
    "boolean": "bool",
    "True": "True",
    "False": "False",
    "array-like": ":term:`array-like <sklearn:array-like>`",
}
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    # made by scikit-learn, for its metadata routing
    "exclude-members": "set_fit_request, set_partial_fit_request, set_predict_request, "
    "set_score_request, set_predict_proba_request, set_decision_function_request, "
    "set_transform_request",
}
autodoc_typehints = "none"
exclude_patterns = [
    "_build",
    "inventories",
    "api/examples",
    "tutorials",
    "ideas",
    "sg_execution_times.rst",
]
templates_path = ["templates"]
html_theme = "furo"
html_title = "reservoir-learn"
html_static_path = ["static", str(Path(jupyter_server_mathjax.__file__).parent / "static")]
html_css_files = ["site.css"]
html_copy_source = False
# MathJax 2 is shipped with the site
mathjax_path = "MathJax.js?config=TeX-AMS-MML_HTMLorMML-full"
mathjax2_config = {"messageStyle": "none"}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


#: Where a name that a page links to stands in full.
FULL = {name.rpartition(".")[2]: name for names in reference.entries().values() for name in names}
#: What is meant for a class.
CLASS = re.compile(r"[A-Z]\w*[a-z]\w*(\.\w+)?$")


def resolved(app, env, node, content):
    """Return the link of a public name that is written without its module, such as `Reservoir`.

    On a page of prose a class without a page is told, so that no link is dead.
    """
    head, dot, rest = node.get("reftarget", "").partition(".")
    page = node.get("refdoc", env.docname)
    if head in FULL:
        target, domain = FULL[head] + dot + rest, env.domains["py"]
        return domain.resolve_xref(env, page, app.builder, "obj", target, node, content)
    if CLASS.match(head) and not page.startswith("api/"):
        logging.getLogger(__name__).warning("no page for %r", node["reftarget"], location=node)
    return None


def setup(app):
    """Let pages name a class without its module."""
    app.connect("missing-reference", resolved, priority=900)  # after other projects'
