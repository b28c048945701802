"""Graphs of networkx as recurrent matrices."""

from __future__ import annotations

from typing import Any

import scipy.sparse as sp


def is_graph(value: Any) -> bool:
    """Whether a value is a graph of networkx, which is not imported to tell."""
    return hasattr(value, "number_of_nodes") and hasattr(value, "adjacency")


def from_graph(graph: Any) -> sp.csr_array:
    """Return a graph of networkx as a matrix: an edge from j to i is ``W[i, j]``, its weight kept.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        Edges without a ``weight`` have weight 1; nodes are units in the graph's order.

    Returns
    -------
    W : csr_array of shape (n_nodes, n_nodes)

    Examples
    --------
    >>> import networkx as nx
    >>> from reservoir.topology import from_graph
    >>> from_graph(nx.DiGraph([(0, 1, {"weight": 0.5}), (1, 2)])).toarray()
    array([[0. , 0. , 0. ],
           [0.5, 0. , 0. ],
           [0. , 1. , 0. ]])
    """
    import networkx  # it is there: the graph is its own

    return sp.csr_array(networkx.to_scipy_sparse_array(graph, dtype=float, format="csr").T)
