"""One BLAS thread: contended, small factorisations take ten times as long."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from hypothesis import Phase, settings  # noqa: E402

# a wrong formula has only to be seen, not shrunk to its smallest example
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None)
