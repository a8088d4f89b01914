#!/usr/bin/env bash
# Runs benchmark programs one after the other; each writes OUTPUT/NAME.json.
# usage: run.sh PROGRAMS_FOLDER OUTPUT_FOLDER NAME...
# GPT2RUN_BENCH_FLAGS: further Google Benchmark flags, such as --benchmark_min_time=0.01.
set -euo pipefail
programs=$1 output=$2
shift 2
mkdir -p "$output"
for name in "$@"; do
  echo "== $name"
  # shellcheck disable=SC2086 # several flags, split on purpose
  "$programs/$name" --benchmark_counters_tabular=true --benchmark_out_format=json \
    --benchmark_out="$output/$name.json" ${GPT2RUN_BENCH_FLAGS:-}
done
echo "JSON in $output"
