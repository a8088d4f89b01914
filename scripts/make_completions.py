#!/usr/bin/env python3
"""Writes the shells' completions of gpt2run and gpt2ckpt from --help of the two programs.

    scripts/make_completions.py build/release/bin completions
"""
import pathlib
import sys

import program_help

MADE_BY = "Made by scripts/make_completions.py from --help; not to be edited."

# What a value can be, by the word that --help has for it; of any other nothing is offered.
FILES = {"PATH", "DIR", "FILE", "F.npy", "REF.npy"}
WORDS = {"FORMAT": "tf1 tf2 safetensors npz gguf llmc", "TYPE": "f32 f16 bf16",
         "DTYPE": "f32 bf16 int8 int4", "SHAPE": "124M 355M 774M 1558M"}


def in_order(commands):
    """The program's own flags last: their pattern matches every word."""
    return commands[1:] + commands[:1]


def bash_case(command):
    """The lines of a command: its flags, and what can stand behind those that have a value."""
    lines = [f"    {command.name or '*'})",
             "      flags='" + " ".join(" ".join(flag.names) for flag in command.flags()) + "'"]
    if command.commands:
        names = " ".join(name for name, _ in command.commands)
        lines += [f"      ((COMP_CWORD > 1)) || words='{names}'"]
    valued = [flag for flag in command.flags() if flag.value]
    if valued:
        lines += ["      case $before in"]
        lines += [f"        {' | '.join(flag.names)}) flags='' words='{WORDS[flag.value]}' ;;"
                  for flag in valued if flag.value in WORDS]
        others = [name for flag in valued if flag.value not in WORDS for name in flag.names]
        lines += [f"        {' | '.join(others)}) flags='' ;;", "      esac"]
    return lines + ["      ;;"]


def bash(commands):
    program = commands[0].program
    lines = [f"# bash completion of {program}. {MADE_BY}", f"_{program}() {{",
             "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}",
             "  local command='' flags words=''",
             "  # --flag=value comes as three words.",
             "  if [[ $word == = ]]; then",
             "    word=''",
             "  elif [[ $before == = ]]; then",
             "    before=${COMP_WORDS[COMP_CWORD - 2]}",
             "  fi",
             "  ((COMP_CWORD == 1)) || command=${COMP_WORDS[1]}",
             "  case $command in"]
    for command in in_order(commands):
        lines += bash_case(command)
    lines += ["  esac",
              "  [[ $word != -* ]] || words=$flags",
              "  # Where no word fits, readline completes files.",
              "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")",
              "}",
              f"complete -o default -F _{program} {program}"]
    return "\n".join(lines) + "\n"


def zsh_text(text):
    for character in "\\[]:":
        text = text.replace(character, "\\" + character)
    return text.replace("'", "'\\''")


def zsh_value(item):
    value = item.value or item.names[0]
    if item.value in WORDS:
        return f":{value}:({WORDS[item.value]})"
    is_file = item.value in FILES or not item.is_flag
    return f":{zsh_text(value)}:" + ("_files" if is_file else "")


def zsh_flag(flag):
    """A flag as _arguments wants it."""
    text = f"[{zsh_text(flag.text)}]" + (zsh_value(flag) if flag.value else "")
    names = [name + ("=" if flag.value and name.startswith("--") else "+" if flag.value else "")
             for name in flag.names]
    if flag.repeatable:
        return f"'*{names[-1]}{text}'"
    if len(names) == 1:
        return f"'{names[0]}{text}'"
    return f"'({' '.join(flag.names)})'{{{','.join(names)}}}'{text}'"


def zsh(commands):
    program = commands[0].program
    lines = [f"#compdef {program}", f"# zsh completion of {program}. {MADE_BY}",
             "local command=''",
             "local -a commands=("]
    lines += [f"  '{name}:{zsh_text(text)}'" for name, text in commands[0].commands]
    lines += [")", "if ((CURRENT > 2)); then",
              "  command=$words[2]",
              "elif [[ $words[2] != -* ]]; then",
              "  _describe command commands",
              "fi",
              "case $command in"]
    for command in in_order(commands):
        lines += [f"  {command.name or '*'})"]
        if command.name:
            lines += ["    shift words", "    ((CURRENT--))"]
        lines += ["    _arguments -S \\"]
        arguments = [zsh_flag(flag) for flag in command.flags()]
        arguments += [f"'{i}{zsh_value(item)}'"
                      for i, item in enumerate(command.positionals(), 1)]
        lines += [f"      {argument} \\" for argument in arguments[:-1]]
        lines += [f"      {arguments[-1]}", "    ;;"]
    return "\n".join(lines + ["esac"]) + "\n"


def fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_flag(program, where, flag):
    line = f"complete -c {program} -n {where}"
    for name in flag.names:
        line += f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}"
    if flag.value in WORDS:
        line += f" -x -a '{WORDS[flag.value]}'"
    elif flag.value:
        line += " -r -F" if flag.value in FILES else " -x"
    return line + f" -d {fish_text(flag.text)}"


def fish(commands):
    program = commands[0].program
    names = " ".join(name for name, _ in commands[0].commands)
    first = f"'not __fish_seen_subcommand_from {names}'"
    lines = [f"# fish completion of {program}. {MADE_BY}"]
    lines += [f"complete -c {program} -n __fish_use_subcommand -a {name} -d {fish_text(text)}"
              for name, text in commands[0].commands]
    lines += [f"complete -c {program} -n __fish_use_subcommand -f"]
    for command in commands:
        where = f"'__fish_seen_subcommand_from {command.name}'" if command.name else first
        lines += [fish_flag(program, where, flag) for flag in command.flags()]
    return "\n".join(lines) + "\n"


def completions(commands):
    """{file name: text}, named as each shell looks for them."""
    program = commands[0].program
    return {f"{program}.bash": bash(commands), f"_{program}": zsh(commands),
            f"{program}.fish": fish(commands)}


def main(bin_folder, out_folder):
    pathlib.Path(out_folder).mkdir(parents=True, exist_ok=True)
    for program in program_help.PROGRAMS:
        commands = program_help.read_help(bin_folder, program)
        for name, text in completions(commands).items():
            (pathlib.Path(out_folder) / name).write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    main(*sys.argv[1:])
