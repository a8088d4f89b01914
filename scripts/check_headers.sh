#!/usr/bin/env bash
# Whether every header compiles on its own, without anything included before it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$root"
read -ra libraries <<<"$(pkg-config --cflags eigen3)"
compile() {
  local header=$1
  shift
  "${CXX:-c++}" -std=c++20 -fsyntax-only -Wall -Wextra -I. -Iinclude -Itests "$@" \
    -include "$header" -x c++ /dev/null || { echo "$header does not compile alone" >&2; exit 1; }
}
export -f compile
find . -path ./build -prune -o -name '*.h' -print0 |
  xargs -0 -P "$(nproc)" -I HEADER bash -c 'compile "$@"' compile HEADER "${libraries[@]}" ||
  fail "a header needs another before it (see above)"
echo "every header compiles alone"
