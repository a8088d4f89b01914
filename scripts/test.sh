#!/usr/bin/env bash
# Installs what is missing, builds into build/release and runs every test.
#   scripts/test.sh [--sanitize] [CTEST OPTION...]
#     --sanitize   the same tests under AddressSanitizer and UBSan, in build/sanitize
#     -R bundle    for example: only the tests whose names match
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

preset=release
if [[ ${1-} == --sanitize ]]; then
  preset=sanitize
  shift
fi
"$root/scripts/install_packages.sh"
build_targets "$preset" tests

log=$root/build/$preset/Testing/Temporary/LastTest.log
rm -f -- "$log"
status=0
# Tests run side by side: a thread that waits must not spin on another test's processor (decoding
# was 8 times slower on a busy machine).
export OMP_WAIT_POLICY=passive
progress=()
if [[ -t 1 ]]; then progress=(--progress); fi
ctest "${progress[@]}" --test-dir "$root/build/$preset" --no-tests=error \
  --parallel "$(nproc)" "$@" </dev/null || status=$?

# GoogleTest writes "FILE:LINE: Skipped", the reason, "[  SKIPPED ] NAME (0 ms)"; the scripts among
# the tests write "SKIPPED NAME: reason".
list_skipped() {
  awk '/: Skipped$/ { reason = ""; skipping = 1; next }
       /^\[  SKIPPED \]/ && skipping { print "SKIPPED " $4 ": " reason; skipping = 0 }
       /^SKIPPED / { print }
       skipping { reason = reason (reason == "" ? "" : " ") $0 }' "$log"
}
# What the failed tests wrote, the last 50 lines of each.
show_failed() {
  awk '/^[0-9]+\/[0-9]+ Testing: / { n = 0 }
       { lines[n++] = substr($0, 1, 300) }
       /^Test Failed\.$/ {
         print "---- " lines[0]
         for (i = n > 50 ? n - 50 : 1; i < n; ++i) print lines[i]
         n = 0
       }' "$log"
}
n_passed=0
skipped=
if [[ -e $log ]]; then
  n_passed=$(grep -c '^Test Passed\.$' "$log" || true)
  skipped=$(list_skipped)
fi
n_skipped=0
if [[ -n $skipped ]]; then
  printf '%s\n' "$skipped"
  n_skipped=$(wc -l <<<"$skipped")
fi
if [[ $status -ne 0 && -e $log ]]; then show_failed; fi
[[ $status -eq 0 ]] || fail "tests failed in build/$preset (see above, or $log)"
[[ $n_passed -gt 0 ]] || fail "no test ran"
printf '%d tests passed, %d skipped (build/%s)\n' "$n_passed" "$n_skipped" "$preset"
