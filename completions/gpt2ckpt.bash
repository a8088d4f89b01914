# bash completion of gpt2ckpt. Made by scripts/make_completions.py from --help; not to be edited.
_gpt2ckpt() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' flags words=''
  # --flag=value comes as three words.
  if [[ $word == = ]]; then
    word=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  ((COMP_CWORD == 1)) || command=${COMP_WORDS[1]}
  case $command in
    inspect)
      flags='--hparams --name-map --skip --allow-missing --vocab --json -q --quiet -h --help'
      case $before in
        --hparams | --name-map | --skip | --allow-missing | --vocab) flags='' ;;
      esac
      ;;
    verify)
      flags='--hparams --name-map --skip --allow-missing --vocab --json -q --quiet -h --help'
      case $before in
        --hparams | --name-map | --skip | --allow-missing | --vocab) flags='' ;;
      esac
      ;;
    diagnose)
      flags='--vocab --hparams --name-map --skip --allow-missing --json -q --quiet -h --help'
      case $before in
        --vocab | --hparams | --name-map | --skip | --allow-missing) flags='' ;;
      esac
      ;;
    map)
      flags='--hparams --name-map --skip --allow-missing --pattern --json -q --quiet -h --help'
      case $before in
        --hparams | --name-map | --skip | --allow-missing) flags='' ;;
      esac
      ;;
    diff)
      flags='--name-map --skip --allow-missing --tolerance --json -q --quiet -h --help'
      case $before in
        --name-map | --skip | --allow-missing | --tolerance) flags='' ;;
      esac
      ;;
    convert)
      flags='--to --dtype --overwrite --hparams --name-map --skip --allow-missing --vocab --json -q --quiet -h --help'
      case $before in
        --to) flags='' words='tf1 tf2 safetensors npz gguf llmc' ;;
        --dtype) flags='' words='f32 f16 bf16' ;;
        --hparams | --name-map | --skip | --allow-missing | --vocab) flags='' ;;
      esac
      ;;
    random)
      flags='--shape --seed --vocab --to --dtype --overwrite --json -q --quiet -h --help'
      case $before in
        --shape) flags='' words='124M 355M 774M 1558M' ;;
        --to) flags='' words='tf1 tf2 safetensors npz gguf llmc' ;;
        --dtype) flags='' words='f32 f16 bf16' ;;
        --seed | --vocab) flags='' ;;
      esac
      ;;
    *)
      flags='--version -h --help'
      ((COMP_CWORD > 1)) || words='inspect verify diagnose map diff convert random'
      ;;
  esac
  [[ $word != -* ]] || words=$flags
  # Where no word fits, readline completes files.
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _gpt2ckpt gpt2ckpt
