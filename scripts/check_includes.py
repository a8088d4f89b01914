#!/usr/bin/env python3
"""Checks the direction of includes: which folder may include which of ours and which library.

  scripts/check_includes.py [ROOT]     exit 1, with a line for each include that breaks the rule
"""
import pathlib
import re
import sys

LIBRARY = {"base", "engine", "loader", "tokenizer"}
MAY_INCLUDE = {  # folder -> our folders, or single headers of theirs
    "base": {"base"},
    "engine": {"engine", "base/threads.h"},
    "tokenizer": {"tokenizer", "base"},
    "loader": {"loader", "base", "engine/params.h", "engine/weight.h"},
    "model": LIBRARY | {"model"},
    "include": set(),
    "api": LIBRARY | {"api", "model", "gpt2run"},
    "tools": LIBRARY | {"model", "tools"},
    "bench": LIBRARY | {"bench", "model", "support"},
    "fuzz": LIBRARY | {"fuzz", "support"},
    "tests": LIBRARY | {"fuzz", "model", "support", "tools", "gpt2run"},
}
ONLY_IN = {  # library header (a prefix) -> the folders that may include it
    "re2/": {"tokenizer", "loader"},
    "Eigen/": {"engine", "api", "tools", "bench", "tests"},
    "unsupported/Eigen/": {"engine"},
    "immintrin.h": {"engine", "bench"},
    "emmintrin.h": {"engine"},
    "cblas.h": {"engine"},
    "dnnl": {"engine"},
    "nlohmann/": {"base", "loader", "tokenizer", "tools", "bench", "tests"},
    "snappy": {"loader", "tests"},
    "isa-l": {"loader", "tests"},
    "zip.h": {"loader"},
    "CLI/": {"tools", "bench"},
}
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')


def complaint(root, folder, name):
    """Why this folder may not include that name; None if it may."""
    top = name.split("/")[0]
    ours = (root / name).is_file() or (root / "include" / name).is_file() or top == "support"
    if ours:
        return None if {top, name} & MAY_INCLUDE[folder] else f"{folder}/ may not include it"
    for prefix, folders in ONLY_IN.items():
        if name.startswith(prefix) and folder not in folders:
            return "only for " + ", ".join(sorted(folders))
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent
    complaints = n_files = 0
    for folder in MAY_INCLUDE:
        for path in sorted(root.glob(folder + "/**/*.[hc]*")):
            if path.suffix not in (".h", ".cc"):
                continue
            n_files += 1
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = INCLUDE.match(line)
                why = match and complaint(root, folder, match[1])
                if why:
                    complaints += 1
                    print(f"{path.relative_to(root)}:{number}: {match[1]}: {why}")
    if n_files == 0:
        sys.exit(f"{root}: no source files found")
    print(f"{complaints} of the includes in {n_files} files break the rule")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
