"""Every decoder of bytes and parser of codes under a coverage-guided fuzzer, for as long as is wished.

`python -m tests.vectors.fuzz [--minutes 5]` needs atheris (Apache-2.0; Linux and macOS) in the environment or
on PYTHONPATH; it is no dependency, and says so where it is not there. It begins with the vectors. An input
that raises, depends on its cuts, or yields more frames than it has bytes ends it and is kept as `crash-*`.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

_LONGEST = 512
_LOOKED_INTO = ["devices.framing", "devices.frames", "devices.barcode_reader", "devices.labels", "hmi.domain"]


def main() -> int:
    """Fuzz; 1 where there is no fuzzer."""
    parser = argparse.ArgumentParser(prog="python -m tests.vectors.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    told = parser.parse_args()
    try:
        atheris = import_module("atheris")
    except ImportError:
        sys.stderr.write("no atheris here: install it beside this environment, and name it in PYTHONPATH\n")
        return 1
    with atheris.instrument_imports(include=_LOOKED_INTO):
        fuzzed = import_module("tests.vectors.fuzzed")
    with TemporaryDirectory() as folder:
        for number, seed in enumerate(fuzzed.seeds()):
            (Path(folder) / str(number)).write_bytes(seed)
        words = [sys.argv[0], folder, f"-max_total_time={round(told.minutes * 60)}", f"-max_len={_LONGEST}"]
        atheris.Setup([*words, "-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1"], fuzzed.one_input)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
