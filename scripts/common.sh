# What the scripts share; to be sourced. All messages go to stderr: stdout belongs to the programs.
# shellcheck shell=bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$(basename "$0"): $*"
  exit 1
}

# run_logged NAME WHAT COMMAND...: runs a command quietly. If it fails, shows the end of its output
# and says WHAT failed.
run_logged() {
  local log="$root/build/logs/$1.log" what=$2
  shift 2
  mkdir -p "$root/build/logs"
  if "$@" >"$log" 2>&1 </dev/null; then return; fi
  tail -n 40 "$log" >&2
  fail "$what failed; the whole log is in $log"
}

# A cache that another compiler or another folder left makes cmake refuse: then begin anew.
configure() {
  local preset=$1 folder="$root/build/$1"
  cd "$root"
  if [[ -e $folder/CMakeCache.txt ]] && ! cmake --preset "$preset" >/dev/null 2>&1 </dev/null; then
    rm -rf -- "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  fi
  run_logged "configure-$preset" "configuring build/$preset" cmake --preset "$preset"
}

# build_targets PRESET TARGET...: brings targets of build/PRESET up to date. One build at a time.
build_targets() {
  local preset=$1
  shift
  mkdir -p "$root/build"
  (
    flock 9
    configure "$preset"
    # Said only where it takes a while: a build that is up to date is done before.
    { sleep 3 >/dev/null 2>&1 && say "Building build/$preset (some minutes the first time) ..."; } \
      >/dev/null </dev/null 9>&- &
    # shellcheck disable=SC2064 # the process of now
    trap "kill $! 2>/dev/null || true" EXIT
    run_logged "build-$preset" "building build/$preset" \
      cmake --build "$root/build/$preset" --parallel "$(nproc)" --target "$@"
  ) 9>"$root/build/.lock"
}
