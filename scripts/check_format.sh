#!/usr/bin/env bash
# Whether every source file is as clang-format 14 (Debian 12, Ubuntu 22.04) leaves it.
#   scripts/check_format.sh [--fix]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mode=(--dry-run --Werror)
if [[ ${1-} == --fix ]]; then mode=(-i); fi
command -v clang-format >/dev/null || fail "clang-format is missing (apt-get install clang-format)"
cd "$root"
find . -path ./build -prune -o \( -name '*.h' -o -name '*.cc' \) -print0 |
  xargs -0 clang-format --style=file "${mode[@]}" || fail "scripts/check_format.sh --fix mends it"
echo "every file is as clang-format leaves it"
