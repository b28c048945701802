"""Sphinx settings; the build needs no network, and the site none either."""

import sys
from pathlib import Path

import jupyter_server_mathjax

import reservoir

sys.path.insert(0, str(Path(__file__).parent))
import reference

project = "reservoir-learn"
author = "the reservoir-learn developers"
copyright = "the reservoir-learn developers"
release = version = reservoir.__version__

extensions = [
    "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc", "myst_parser",
    "sphinx_copybutton", "sphinx_design", "sphinx_gallery.gen_gallery",
]  # fmt: skip
sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "notebooks",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "doc_module": ("reservoir",),
    "backreferences_dir": "api/examples",
    "parallel": True,
    "first_notebook_cell": "%matplotlib inline",
}
default_role = "py:obj"
reference.write(Path(__file__).parent / "api")
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    # made by scikit-learn, for its metadata routing
    "exclude-members": "set_fit_request, set_partial_fit_request, set_predict_request, "
    "set_score_request, set_predict_proba_request, set_decision_function_request, "
    "set_transform_request",
}
autodoc_typehints = "none"
exclude_patterns = ["_build", "api/examples", "tutorials", "sg_execution_times.rst"]
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
