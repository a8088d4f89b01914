#!/usr/bin/env bash
# Fuzzes the readers: builds build/fuzz with Clang and runs each target on its corpus.
#   fuzz/run.sh [SECONDS [TARGET...]]     10 seconds each, all targets
# What a target finds is written to build/fuzz/found, and the script ends with 1. A file that shows
# a fault goes, once it is mended, to fuzz/regressions/TARGET, with a line in the README there.
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

seconds=${1:-10}
shift || true
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "usage: fuzz/run.sh [SECONDS [TARGET...]]"

# Clang may be there without its fuzzer's library.
can_fuzz() {
  local program
  program=$(mktemp)
  echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
    clang++ -x c++ -fsanitize=fuzzer,address,undefined - -o "$program" 2>/dev/null
  local status=$?
  rm -f -- "$program"
  return $status
}
if ! can_fuzz; then
  echo "SKIPPED fuzz: no clang++ with libFuzzer here (apt-get install clang libclang-rt-14-dev)"
  exit 0
fi

build_targets fuzz fuzzers
build=$root/build/fuzz
if [[ $# -eq 0 ]]; then
  for program in "$build"/bin/fuzz_*; do set -- "$@" "${program##*/fuzz_}"; done
fi
mkdir -p "$build/found"

# A single allocation of 64 MiB, or 2 GiB in all, is far more than inputs of 64 KiB can justify.
limits=(-max_len=65536 -timeout=10 -malloc_limit_mb=64 -rss_limit_mb=2048)
failed=()
for target in "$@"; do
  [[ -x $build/bin/fuzz_$target ]] || fail "there is no target $target"
  corpora=("$build/corpus/$target" "$build/fuzz/corpus/$target")
  if [[ -d $root/fuzz/regressions/$target ]]; then corpora+=("$root/fuzz/regressions/$target"); fi
  mkdir -p "${corpora[0]}"  # what it learns: kept for the next time
  dictionary=()
  if [[ -e $root/fuzz/dictionaries/$target ]]; then
    dictionary=("-dict=$root/fuzz/dictionaries/$target")
  fi
  log=$build/found/$target.log
  if "$build/bin/fuzz_$target" "${limits[@]}" "${dictionary[@]}" -max_total_time="$seconds" \
    -artifact_prefix="$build/found/$target-" -print_final_stats=1 "${corpora[@]}" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-16s %9d inputs, nothing found\n' "$target" "$runs"
  else
    failed+=("$target")
    printf '%-16s FOUND a fault; the end of %s:\n' "$target" "$log"
    tail -n 30 "$log" | sed 's/^/    /'
  fi
done
if [[ ${#failed[@]} -gt 0 ]]; then fail "faults in: ${failed[*]} (inputs in $build/found)"; fi
echo "$# targets of $seconds s found nothing"
