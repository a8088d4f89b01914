#!/usr/bin/env bash
# Measures what rounding the weights costs, beside llama.cpp: sets up what bench/peers/run.sh does,
# and writes build/quality/results.json.
#   bench/quality.sh --text HELDOUT.txt [--tokens N] [--threads 2]
# shellcheck source=../scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

"$root/bench/peers/run.sh" --set-up-only
exec "$root/build/peers/venv/bin/python" "$root/bench/quality.py" "$@"
