"""The field's published tasks, by one command: ``python -m benchmarks.fidelity [NAME ...]``."""
