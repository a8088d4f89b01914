# bash completion of gpt2run. Made by scripts/make_completions.py from --help; not to be edited.
_gpt2run() {
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
    tokenize)
      flags='-m --model --vocab --jsonl --decode --parse-special -h --help'
      case $before in
        -m | --model | --vocab) flags='' ;;
      esac
      ;;
    logits)
      flags='-m --model --vocab --hparams --name-map --skip --allow-missing --dtype --threads -p --prompt --ids --ids-file --parse-special -o --output --compare --tolerance -q --quiet -h --help'
      case $before in
        --dtype) flags='' words='f32 bf16 int8 int4' ;;
        -m | --model | --vocab | --hparams | --name-map | --skip | --allow-missing | --threads | -p | --prompt | --ids | --ids-file | -o | --output | --compare | --tolerance) flags='' ;;
      esac
      ;;
    *)
      flags='-m --model --vocab --hparams --name-map --skip --allow-missing --dtype --threads -p --prompt --prompt-file --parse-special -n --n-tokens --temperature --top-k --top-p --seed --ignore-eot --draft --json --stats -q --quiet --version -h --help'
      ((COMP_CWORD > 1)) || words='tokenize logits'
      case $before in
        --dtype) flags='' words='f32 bf16 int8 int4' ;;
        -m | --model | --vocab | --hparams | --name-map | --skip | --allow-missing | --threads | -p | --prompt | --prompt-file | -n | --n-tokens | --temperature | --top-k | --top-p | --seed) flags='' ;;
      esac
      ;;
  esac
  [[ $word != -* ]] || words=$flags
  # Where no word fits, readline completes files.
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _gpt2run gpt2run
