#!/usr/bin/env bash
# Downloads one of OpenAI's GPT-2 models: 124M, 355M, 774M or 1558M.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage="usage: scripts/download_model.sh SIZE [--output DIR] [--base-url URL] [--table FILE]
  SIZE        124M (0.5 GB), 355M (1.4 GB), 774M (3.1 GB) or 1558M (6.2 GB)
  --output    where the seven files go (default: models/SIZE of the source tree)
  --base-url  a mirror; the files are URL/SIZE/FILE
  --table     another list of sizes and checksums than scripts/model_files.tsv
A download that was cut off goes on where it stopped when the command is run again."

usage_error() {
  say "$(basename "$0"): $*"
  say "$usage"
  exit 2
}

size='' output=''
base_url=https://openaipublic.blob.core.windows.net/gpt-2/models
table=$root/scripts/model_files.tsv
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) printf '%s\n' "$usage"; exit 0 ;;
    --output | --base-url | --table)
      [[ -n ${2-} ]] || usage_error "$1 needs a value"
      case $1 in
        --output) output=$2 ;;
        --base-url) base_url=${2%/} ;;
        --table) table=$2 ;;
      esac
      shift 2 ;;
    -*) usage_error "unknown option $1" ;;
    *)
      [[ -z $size ]] || usage_error "more than one size: $size and $1"
      size=$1
      shift ;;
  esac
done
[[ -n $size ]] || usage_error "which size?"
[[ -r $table ]] || fail "$table: cannot be read"
rows=$(awk -F '\t' -v size="$size" '$1 == size { print $2, $3, $4 }' "$table")
[[ -n $rows ]] || usage_error "there is no model of the size $size"
command -v curl >/dev/null || fail "curl is missing: apt-get install curl"
output=${output:-$root/models/$size}
mkdir -p -- "$output" || fail "$output: cannot be made"
exec 8<"$output"
flock -n 8 || fail "$output: another download into this folder is running"

curl_options=(--fail --location --proto '=http,https' --connect-timeout 30
  --speed-limit 1 --speed-time 60)
bytes_of() { if [[ -e $1 ]]; then stat -Lc %s -- "$1"; else echo 0; fi; }

# What the server says is the size of a file. Fails, with curl's own line, if it has no such file.
remote_bytes() {
  local headers bytes
  headers=$(curl "${curl_options[@]}" --silent --show-error --head --retry 2 "$base_url/$size/$1" \
    2>&1 </dev/null) || fail "$base_url/$size/$1: $(sed -n 's/^curl: //p' <<<"$headers")"
  bytes=$(tr -d '\r' <<<"$headers" | awk 'tolower($1) ~ /^http\// { n = "" }
    tolower($1) == "content-length:" { n = $2 } END { print n }')
  [[ $bytes =~ ^[0-9]+$ ]] || fail "$base_url/$size/$1: the server does not say how long it is"
  printf '%s\n' "$bytes"
}

# Why a file is not what was to be fetched; nothing if it is.
complaint() {
  local path=$1 bytes=$2 sha256=$3 found
  found=$(bytes_of "$path")
  if head -c 256 -- "$path" | tr -d '\0' | grep -aqiE '^[[:space:]]*<(!doctype|html|\?xml)'; then
    echo "expected a model file, found a web page"
  elif [[ $bytes != - && $found -ne $bytes ]]; then
    echo "expected $bytes bytes, found $found"
  elif [[ $sha256 != - ]]; then
    found=$(sha256sum <"$path")
    [[ ${found%% *} == "$sha256" ]] || echo "expected sha256 $sha256, found ${found%% *}"
  fi
}

# Brings part to its full length, going on where a connection broke; says in `resumed` whether it
# did. Gives up after five tries in a row that brought nothing new.
fetch() {
  local url=$1 part=$2 bytes=$3 best=0 n_failed=0 status why
  resumed=
  while [[ ! -e $part || $(bytes_of "$part") -lt $bytes ]]; do
    if [[ -s $part ]]; then resumed=yes; fi
    status=0 why=
    if [[ -t 2 ]]; then
      curl "${curl_options[@]}" --progress-bar -C - -o "$part" "$url" </dev/null || status=$?
    else
      why=$(curl "${curl_options[@]}" -sS -C - -o "$part" "$url" 2>&1 </dev/null) || status=$?
    fi
    if [[ $status -eq 0 ]]; then break; fi
    if [[ $(bytes_of "$part") -gt $best ]]; then
      best=$(bytes_of "$part")
      n_failed=0
    else
      n_failed=$((n_failed + 1))
      [[ $n_failed -lt 5 ]] || fail "$url: $best of $bytes bytes came, then: ${why##*curl: };" \
        "run the command again to go on"
      sleep $((n_failed - 1))
    fi
    # 33 and 36: this server cannot go on in the middle.
    if [[ $status -eq 33 || $status -eq 36 ]]; then rm -f -- "$part"; fi
  done
}

# What is to be fetched, with the sizes that the server says, and how much room it takes.
plan=()
needed=0
while read -r file bytes sha256; do
  path=$output/$file
  if [[ -s $path ]]; then
    known=$bytes
    if [[ $bytes == - ]]; then known=$(remote_bytes "$file" 2>/dev/null) || known=-; fi
    if [[ -z $(complaint "$path" "$known" "$sha256") ]]; then continue; fi
  fi
  remote=$(remote_bytes "$file")
  [[ $bytes == - || $bytes == "$remote" ]] ||
    fail "$base_url/$size/$file: expected $bytes bytes, the server has $remote"
  if [[ $(bytes_of "$path.part") -gt $remote ]]; then rm -f -- "$path.part"; fi
  needed=$((needed + remote - $(bytes_of "$path.part")))
  plan+=("$file $remote $sha256")
done <<<"$rows"
if [[ ${#plan[@]} -eq 0 ]]; then
  say "$output: all files of $size are there"
  exit 0
fi
free=$(($(df -Pk -- "$output" | awk 'END { print $4 }') * 1024))
[[ $needed -le $free ]] || fail "$output: needs $needed bytes, $free are free on this disk"

for row in "${plan[@]}"; do
  read -r file bytes sha256 <<<"$row"
  path=$output/$file url=$base_url/$size/$file
  say "$size/$file: $bytes bytes"
  fetch "$url" "$path.part" "$bytes"
  why=$(complaint "$path.part" "$bytes" "$sha256")
  if [[ -n $why && -n $resumed ]]; then
    say "$size/$file: $why; once more from the start"
    rm -f -- "$path.part"
    fetch "$url" "$path.part" "$bytes"
    why=$(complaint "$path.part" "$bytes" "$sha256")
  fi
  if [[ -n $why ]]; then
    rm -f -- "$path.part"
    fail "$url: $why; try again later, or another --base-url"
  fi
  mv -f -- "$path.part" "$path"
done
say "$output: $size is complete"
