"""Published figures and comparisons, each by one command: ``python -m benchmarks.NAME``."""
