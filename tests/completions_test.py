"""The completions of one shell: that they load in it, offer every command, flag and word that --help
has, and are what scripts/make_completions.py writes.

    completions_test.py bash|zsh|fish BIN_FOLDER
"""
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import make_completions  # noqa: E402
import program_help  # noqa: E402

COMPLETIONS = ROOT / "completions"

# $1 the file, $2 and so on the words, of which the last is being completed.
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
set -u
"_$1"
printf '%s\\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
complete -p "$1"
"""

# In place of a key, for zsh completes only in a terminal: what is offered goes to a file.
ZSHRC = """
fpath=("$COMPLETIONS" $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
    local -a hits
    builtin compadd -O hits "$@"
    print -lr -- $hits >>"$OFFERED"
  fi
  builtin compadd "$@"
}
LISTMAX=1000
finish() { exit }
comppostfuncs=(finish)
"""


def offered_by_bash(words, folder):
    result = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", COMPLETIONS / f"{words[0]}.bash", *words],
        cwd=folder, capture_output=True, text=True, check=True)
    assert result.stderr == "", result.stderr
    *offered, registration = result.stdout.split("\n")[:-1]
    assert registration == f"complete -o default -F _{words[0]} {words[0]}", registration
    # Readline's part: files, where the function has nothing to offer.
    return set(offered) - {""} or {path.name for path in folder.iterdir()}


def offered_by_fish(words, folder):
    result = subprocess.run(
        ["fish", "--no-config", "-c", "source $argv[1]; complete -C (string join -- ' ' $argv[2..-1])",
         COMPLETIONS / f"{words[0]}.fish", *words],
        cwd=folder, capture_output=True, text=True, check=True,
        env={**os.environ, "HOME": str(folder)})
    assert result.stderr == "", result.stderr
    return {line.split("\t")[0] for line in result.stdout.splitlines()}


def offered_by_zsh(words, folder):
    with tempfile.TemporaryDirectory() as home:
        (pathlib.Path(home) / ".zshrc").write_text(ZSHRC)
        offered = pathlib.Path(home) / "offered"
        terminal, its_side = pty.openpty()
        shell = subprocess.Popen(
            ["zsh", "-d", "-i"], cwd=folder, stdin=its_side, stdout=its_side, stderr=its_side,
            start_new_session=True, env={**os.environ, "ZDOTDIR": home, "TERM": "dumb",
                                         "COMPLETIONS": str(COMPLETIONS), "OFFERED": str(offered)})
        os.close(its_side)

        def watch():  # a terminal that nobody reads fills up
            while True:
                try:
                    os.read(terminal, 4096)
                except OSError:
                    return
        watcher = threading.Thread(target=watch)
        watcher.start()
        os.write(terminal, " ".join(words).encode() + b"\t")
        try:
            shell.wait(60)
        finally:
            shell.kill()
            watcher.join()
            os.close(terminal)
        return set(offered.read_text().split("\n")) if offered.exists() else set()


OFFERED_BY = {"bash": offered_by_bash, "fish": offered_by_fish, "zsh": offered_by_zsh}
FILE_OF = {"bash": "{}.bash", "fish": "{}.fish", "zsh": "_{}"}


class Completions(unittest.TestCase):
    shell = bin_folder = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gpt2run_test_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "a_file").write_text("")
        self.programs = [program_help.read_help(self.bin_folder, program)
                         for program in program_help.PROGRAMS]

    def offered(self, *words):
        return OFFERED_BY[self.shell](list(words), self.folder)

    def test_the_files_are_what_help_gives(self):
        for commands in self.programs:
            name = FILE_OF[self.shell].format(commands[0].program)
            expected = make_completions.completions(commands)[name]
            self.assertEqual((COMPLETIONS / name).read_text(), expected,
                             "scripts/make_completions.py BIN_FOLDER completions writes it anew")

    def test_offers_the_commands(self):
        for commands in self.programs:
            names = {name for name, _ in commands[0].commands}
            self.assertLessEqual(names, self.offered(commands[0].program, ""))

    def test_offers_every_flag_of_every_command(self):
        for command in [command for commands in self.programs for command in commands]:
            words = [word for word in (command.program, command.name) if word]
            flags = [flag for flag in command.flags()]
            offered = self.offered(*words, "-")
            # fish leaves out the long names until "--" is typed
            offered |= self.offered(*words, "--") if self.shell == "fish" else set()
            self.assertEqual({name for flag in flags for name in flag.names},
                             {word for word in offered if word.startswith("-")}, words)

    def test_offers_files_and_the_words_that_a_flag_takes(self):
        self.assertIn("a_file", self.offered("gpt2ckpt", "inspect", ""))
        self.assertIn("a_file", self.offered("gpt2run", "--model", ""))
        self.assertLessEqual({"tf1", "safetensors", "gguf"},
                             self.offered("gpt2ckpt", "convert", "--to", ""))
        self.assertLessEqual({"f32", "bf16"},
                             self.offered("gpt2ckpt", "random", "--to", "npz", "--dtype", ""))


def main():
    Completions.shell, Completions.bin_folder = sys.argv[1:3]
    if not shutil.which(Completions.shell):
        print(f"SKIPPED completions_{Completions.shell}: there is no {Completions.shell} here")
        return
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()
