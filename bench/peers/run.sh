#!/usr/bin/env bash
# Compares gpt2run with llama.cpp, CTranslate2 and PyTorch on a random model of 124M's shape: sets
# everything up in build/peers (once: some 15 minutes, 9 GB), checks that all compute the same, runs
# them in turns, prints the tables, and writes build/peers/results.json and results.png.
#   bench/peers/run.sh [--rounds 5] [--threads 2] [FLAG...]     flags: see compare.py --help
#   bench/peers/run.sh --set-up-only                            for other programs that use it
# shellcheck source=../scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/common.sh"

here=$root/bench/peers
folder=$root/build/peers
models=$folder/models
venv=$folder/venv
llama_version=0.3.36 # of llama-cpp-python, whose sdist holds llama.cpp's sources
sources=$folder/llama_cpp_python-$llama_version/vendor/llama.cpp
programs=$root/build/release/bin

# The venv is whole once it holds a copy of the requirements it was made from.
make_venv() {
  if cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then return; fi
  say "Making build/peers/venv with pip (PyTorch is some 6 GB) ..."
  rm -rf -- "$venv"
  run_logged peers-venv "python3 -m venv" python3 -m venv "$venv"
  run_logged peers-pip "pip install" "$venv/bin/pip" install --disable-pip-version-check \
    -r "$here/requirements.txt"
  cp -- "$here/requirements.txt" "$venv/requirements.txt"
}

fetch_llama() {
  [[ ! -d $sources ]] || return 0
  run_logged peers-llama-download "pip download" "$venv/bin/pip" download \
    --disable-pip-version-check --no-deps --no-binary llama-cpp-python --dest "$folder" \
    "llama-cpp-python==$llama_version"
  rm -rf -- "$folder/unpacking"
  mkdir "$folder/unpacking"
  tar -xzf "$folder/llama_cpp_python-$llama_version.tar.gz" -C "$folder/unpacking"
  # GCC 11 and 12 take _tile_loadconfig to read 8 bytes and leave the rest of tc unset: llama.cpp
  # crashes on its first product by AMX. This makes the compiler write all of it.
  sed -i 's/^    _tile_loadconfig(&tc);$/    __asm__ volatile("" : : "r"(\&tc) : "memory");\n&/' \
    "$folder"/unpacking/*/vendor/llama.cpp/ggml/src/ggml-cpu/amx/mmq.cpp
  mv -- "$folder/unpacking/llama_cpp_python-$llama_version" "$folder/"
}

# The build is whole once it says which version it is of.
build_llama() {
  local build=$folder/llama.cpp
  if [[ -e $build/whole && $(<"$build/whole") == "$llama_version" ]]; then return; fi
  fetch_llama
  # CMake refuses the cache of other sources; a build of these that was interrupted goes on.
  grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$sources" "$build/CMakeCache.txt" ||
    rm -rf -- "$build"
  say "Building llama.cpp (some 10 minutes) ..."
  run_logged peers-llama-configure "configuring llama.cpp" cmake -G Ninja \
    -S "$sources" -B "$build" -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DLLAMA_CURL=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF \
    -DBUILD_SHARED_LIBS=OFF
  run_logged peers-llama-build "building llama.cpp" nice -n 19 cmake --build "$build" \
    --parallel "$(nproc)" --target llama llama-bench llama-quantize llama-perplexity
  printf '%s\n' "$llama_version" >"$build/whole"
}

build_llama_peer() {
  local build=$folder/llama.cpp
  if [[ $folder/llama_peer -nt $here/llama_peer.cc && $folder/llama_peer -nt $build/whole ]]; then
    return
  fi
  run_logged peers-llama-peer "building llama_peer" g++ -std=c++17 -O2 \
    -I "$sources/include" -I "$sources/ggml/include" "$here/llama_peer.cc" \
    "$build/src/libllama.a" "$build/ggml/src/libggml.a" "$build/ggml/src/libggml-cpu.a" \
    "$build/ggml/src/libggml-base.a" -fopenmp -lpthread -ldl -o "$folder/llama_peer"
}

# make_once TARGET COMMAND...: the command's last argument is where it writes; TARGET is there whole
# or not at all.
make_once() {
  local target=$models/$1
  shift
  [[ ! -e $target ]] || return 0
  say "Making build/peers/models/$(basename "$target") ..."
  rm -rf -- "$models/unfinished" && mkdir "$models/unfinished"
  run_logged peers-model "making $target" "$@" "$models/unfinished/$(basename "$target")"
  mv -- "$models/unfinished/$(basename "$target")" "$target"
  rmdir "$models/unfinished"
}

# make_gguf NAME TYPE: all matrices of one type, the tied head included.
make_gguf() {
  local target=$models/$1-$2.gguf
  [[ ! -e $target ]] || return 0
  run_logged peers-quantize "llama-quantize" "$folder/llama.cpp/bin/llama-quantize" --pure \
    "$models/$1-F32.gguf" "$target.unfinished" "$2"
  mv -- "$target.unfinished" "$target"
}

# make_converted NAME: for every peer from our safetensors folder.
make_converted() {
  local type
  make_once "$1-F32.gguf" "$programs/gpt2ckpt" convert --quiet "$models/$1"
  for type in float32 int8_float32; do
    make_once "$1-ct2-$type" "$venv/bin/ct2-transformers-converter" --model "$models/$1" \
      --quantization "$type" --output_dir
  done
}

make_models() {
  local type
  make_once vocabulary python3 "$here/make_vocabulary.py"
  make_once 124M "$programs/gpt2ckpt" random --quiet --shape 124M --seed 1 --to safetensors \
    --vocab "$models/vocabulary"
  make_once 124M-bf16 "$programs/gpt2ckpt" convert --quiet --to safetensors --dtype bf16 \
    "$models/124M"
  make_once shakespeare "$programs/gpt2ckpt" convert --quiet --to safetensors \
    "$root/models/shakespeare"
  make_converted 124M
  make_converted shakespeare
  for type in BF16 Q8_0 Q4_0; do make_gguf 124M "$type"; done
}

set_up() {
  build_targets release gpt2run_program gpt2ckpt file_read throughput
  make_venv
  build_llama
  build_llama_peer
  make_models
}

mkdir -p "$models"
(
  flock 9
  set_up
) 9>"$folder/.lock"
[[ ${1-} != --set-up-only ]] || exit 0
exec "$venv/bin/python" "$here/compare.py" --folder "$folder" --programs "$programs" "$@"
