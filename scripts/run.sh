#!/usr/bin/env bash
# Installs what is missing, builds gpt2run into build/release and runs it.
#   scripts/run.sh --prompt "ROMEO:"     all arguments are gpt2run's; see --help
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/scripts/install_packages.sh"
build_targets release gpt2run_program
exec "$root/build/release/bin/gpt2run" "$@"
