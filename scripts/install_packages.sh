#!/usr/bin/env bash
# Installs what is missing of scripts/packages.txt; says and does nothing where all is there.
#   scripts/install_packages.sh [--checks]     with the packages of .ci/run's checks
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

purposes='build|test'
if [[ ${1-} == --checks ]]; then purposes='build|test|check'; fi
list=$root/scripts/packages.txt

if ! command -v dpkg-query >/dev/null; then
  say "This system has no dpkg: please see to it that what scripts/packages.txt lists is installed."
  exit 0
fi

missing=()
system=$(sed -n 's/^ID=//p' /etc/os-release)
while read -r package purpose only; do
  [[ $purpose =~ ^($purposes)$ && ${only:-$system} == "$system" ]] || continue
  status=$(dpkg-query -W -f '${db:Status-Status} ' "$package" 2>/dev/null || true)
  [[ " $status" == *" installed "* ]] || missing+=("$package")
done < <(grep -v '^#' "$list")
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  by_hand="as root: apt-get update && apt-get install ${missing[*]}"
  command -v sudo >/dev/null || fail "packages are missing and there is no sudo; run $by_hand"
  as_root=(sudo)
fi
say "Installing with apt-get${as_root:+ (sudo)}: ${missing[*]}"
if [[ -n ${as_root[*]} ]] && ! sudo -n true 2>/dev/null; then
  # The password is asked for here, in the open, and not behind a redirected apt-get.
  [[ -t 2 ]] || fail "sudo would ask for a password and there is no terminal; run $by_hand"
  sudo -v || fail "sudo was refused; run $by_hand"
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o Acquire::Retries=3 \
    -o DPkg::Lock::Timeout=300 "$@"
}
run_logged apt-update "apt-get update" apt update
run_logged apt-install "apt-get install ${missing[*]}" \
  apt install --no-install-recommends "${missing[@]}"
