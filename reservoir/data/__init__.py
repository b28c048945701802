"""Real series that ship with the package; see `reservoir.datasets`."""
