"""Sphinx settings; the build needs no network."""

import reservoir

project = "reservoir-learn"
author = "the reservoir-learn developers"
copyright = "the reservoir-learn developers"
release = version = reservoir.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc", "myst_parser"]
default_role = "py:obj"
numpydoc_show_class_members = False
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    # made by scikit-learn, for its metadata routing
    "exclude-members": "set_fit_request, set_partial_fit_request, set_predict_request, "
    "set_score_request, set_predict_proba_request, set_decision_function_request",
}
autodoc_typehints = "none"
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "Reservoir computing with a closed-form readout"}
