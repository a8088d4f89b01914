"""scripts/check_includes.py on small trees: what it must find, and what it must let pass."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "scripts" / "check_includes.py"
HEADERS = ["base/error.h", "engine/params.h", "engine/gpt2.h", "loader/hparams.h", "tools/flags.h",
           "tokenizer/tokenizer.h", "include/gpt2run/gpt2run.h"]


def check(path, line):
    """The exit code and the output for a tree in which one file has that line."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in HEADERS + [path]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("#pragma once\n")
        (root / path).write_text("// comment\n" + line + "\n")
        result = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True,
                                check=False)
        return result.returncode, result.stdout


class CheckIncludes(unittest.TestCase):
    def test_lets_pass_what_the_design_allows(self):
        for path, line in [("engine/a.cc", '#include "engine/gpt2.h"'),
                           ("engine/a.cc", "#include <Eigen/Core>"),
                           ("loader/a.cc", '#include "engine/params.h"'),
                           ("loader/a.cc", "#include <nlohmann/json.hpp>"),
                           ("tokenizer/a.cc", "#include <re2/re2.h>"),
                           ("tools/a.cc", '#include "loader/hparams.h"'),
                           ("base/a.cc", "#include <vector>")]:
            status, output = check(path, line)
            self.assertEqual(status, 0, output)

    def test_finds_what_it_forbids(self):
        for path, line in [("engine/a.cc", '#include "loader/hparams.h"'),
                           ("engine/a.h", "#include <nlohmann/json.hpp>"),
                           ("engine/a.cc", "  #  include <re2/re2.h>"),
                           ("loader/a.cc", '#include "engine/gpt2.h"'),
                           ("engine/a.cc", '#include "base/error.h"'),
                           ("loader/a.cc", '#include "tokenizer/tokenizer.h"'),
                           ("loader/deep/a.cc", "#include <Eigen/Dense>"),
                           ("tokenizer/a.cc", '#include "engine/params.h"'),
                           ("base/a.cc", '#include "loader/hparams.h"'),
                           ("include/gpt2run/a.h", '#include "base/error.h"'),
                           ("bench/a.cc", '#include "tools/flags.h"'),
                           ("loader/a.cc", "#include <cblas.h>")]:
            status, output = check(path, line)
            self.assertEqual(status, 1, (path, line))
            self.assertTrue(output.startswith(f"{path}:2: "), output)


if __name__ == "__main__":
    unittest.main()
