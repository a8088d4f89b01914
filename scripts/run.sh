#!/usr/bin/env bash
# Installs what is missing, builds gpt2run and gpt2ckpt into build/release and runs gpt2run.
#   scripts/run.sh --prompt "ROMEO:"     all arguments are gpt2run's; see --help
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/scripts/install_packages.sh"
build_targets release gpt2run_program gpt2ckpt
exec "$root/build/release/bin/gpt2run" "$@"
