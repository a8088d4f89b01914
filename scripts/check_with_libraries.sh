#!/usr/bin/env bash
# Proves with the real libraries (scripts/requirements-check.txt, in a venv in build/check-venv) that
# they read what gpt2ckpt writes. Where the venv cannot be had, says SKIPPED and why, and is content.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

venv=$root/build/check-venv
requirements=$root/scripts/requirements-check.txt
log=$root/build/logs/check-venv.log

skip() {
  printf 'SKIPPED libraries: %s (the whole log is in %s)\n' "$1" "$log"
  exit 0
}

# The venv is whole once it holds a copy of the requirements it was made from.
make_venv() {
  if cmp -s "$requirements" "$venv/requirements.txt"; then return; fi
  say "Making build/check-venv with pip (tensorflow-cpu is some 300 MB) ..."
  rm -rf -- "$venv"
  python3 -m venv "$venv" >"$log" 2>&1 || skip "python3 -m venv failed: $(tail -n 1 "$log")"
  "$venv/bin/pip" install --disable-pip-version-check --only-binary :all: -r "$requirements" \
    >"$log" 2>&1 </dev/null || skip "pip install failed: $(tail -n 1 "$log")"
  cp -- "$requirements" "$venv/requirements.txt"
}

mkdir -p "$root/build/logs"
(
  flock 9
  make_venv
) 9>"$root/build/.check-venv.lock"
[[ -e $venv/requirements.txt ]] || exit 0
build_targets release gpt2ckpt
"$venv/bin/python" "$root/scripts/check_with_libraries.py" "$root/build/release/bin/gpt2ckpt" \
  "$root/tests/data/fixtures"
