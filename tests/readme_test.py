"""README.md's commands, run as printed in a copy of the source tree; what they print must be what
stands there ("..." for lines that are not compared).

    readme_test.py BIN_FOLDER            runs them all
    readme_test.py BIN_FOLDER --update   and writes what they print into README.md
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import program_help  # noqa: E402

README = ROOT / "README.md"
BLOCK = re.compile(r"^```\n(\$ .*?)^```$", re.MULTILINE | re.DOTALL)
NEEDED = ["models", "tests"]  # what the commands read


def commands_of(block):
    """[(command, what it is said to print)] of a block that begins with "$ "."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def is_left_out(command):
    """Why a command is not run; "" if it is."""
    if command.startswith("export PATH="):
        return "the test sets it"
    if "models/124M" in command and not (ROOT / "models" / "124M").exists():
        return "models/124M is not here"
    return ""


def matches(printed, expected):
    pattern = re.escape(expected).replace(re.escape("...\n"), "(?:.*\n)*?")
    return re.fullmatch(pattern, printed) is not None


class Readme(unittest.TestCase):
    bin_folder = ""

    def run_commands(self, text):
        """Runs all commands of a README in one folder; yields (block, command, expected, printed),
        printed None for those that are left out."""
        with tempfile.TemporaryDirectory(prefix="gpt2run_test_") as folder:
            for name in NEEDED:
                (pathlib.Path(folder) / name).symlink_to(ROOT / name)
            environment = {**os.environ, "PATH": f"{self.bin_folder}:{os.environ['PATH']}"}
            for block in BLOCK.findall(text):
                for command, expected in commands_of(block):
                    why = is_left_out(command)
                    if why:
                        print(f"left out, as {why}: {command}")
                        yield block, command, expected, None
                        continue
                    result = subprocess.run(
                        ["bash", "-c", command.replace("scripts/run.sh", "gpt2run")], cwd=folder,
                        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, text=True, check=False)
                    printed = result.stdout
                    if printed and not printed.endswith("\n"):
                        printed += "\n"  # as a terminal shows it, where gpt2run ends its line
                    yield block, command, expected, printed

    def test_the_commands_print_what_it_says(self):
        n_run = 0
        for _, command, expected, printed in self.run_commands(README.read_text()):
            if printed is None:
                continue
            n_run += 1
            if not matches(printed, expected):
                self.assertEqual(expected, printed, command)
        self.assertGreaterEqual(n_run, 10)

    def test_the_exit_codes_are_those_of_help(self):
        own = program_help.read_help(self.bin_folder, "gpt2run")[0]
        rows = re.findall(r"^\| (\d) \| (.*) \|$", README.read_text(), re.MULTILINE)
        self.assertEqual(own.exit_codes, rows)

    def test_every_command_of_gpt2ckpt_is_in_it(self):
        own = program_help.read_help(self.bin_folder, "gpt2ckpt")[0]
        for name, _ in own.commands:
            self.assertIn(f"\n$ gpt2ckpt {name} ", README.read_text())

    def test_its_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#]+)\)", README.read_text()):
            if "://" not in target:
                self.assertTrue((ROOT / target).exists(), target)


def update():
    text = README.read_text()
    for block, command, expected, printed in Readme().run_commands(text):
        if printed is None or matches(printed, expected):
            continue
        text = text.replace(f"$ {command}\n{expected}", f"$ {command}\n{printed}", 1)
    README.write_text(text)


def main():
    Readme.bin_folder = str(pathlib.Path(sys.argv[1]).resolve())
    if not shutil.which("bash"):
        print("SKIPPED readme: there is no bash here")
    elif "--update" in sys.argv:
        update()
    else:
        unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()
