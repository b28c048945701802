"""Random configurations against plain NumPy: ``python -m tests.fuzz [NAME ...] --seconds 3600``."""
