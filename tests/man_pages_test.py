"""The man pages: that they say what --help says; or that man's programs find no fault with them.

    man_pages_test.py BIN_FOLDER
    man_pages_test.py lint
"""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import make_man_pages  # noqa: E402
import program_help  # noqa: E402

PAGES = ROOT / "docs" / "man"
CHECKERS = {"groff": ["-man", "-Tutf8", "-ww", "-z"], "mandoc": ["-Tlint", "-Wstyle"],
            "man": ["--warnings", "-P", "cat", "-l"]}


def plain(page):
    """The text of a page, roff's escapes resolved."""
    text = re.sub(r"\\f[BIR]", "", page)
    for code, character in [(r"\-", "-"), (r"\(aq", "'"), (r"\(ga", "`"), (r"\(ha", "^"),
                            (r"\(ti", "~"), (r"\&", ""), (r"\e", "\\")]:
        text = text.replace(code, character)
    return text


def sections(text):
    """{heading: text} of a page's .SH and .SS."""
    parts = re.split(r"^\.S[HS] (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


class ManPages(unittest.TestCase):
    bin_folder = ""

    def setUp(self):
        self.programs = {program: program_help.read_help(self.bin_folder, program)
                         for program in program_help.PROGRAMS}

    def test_are_what_help_gives(self):
        for program, commands in self.programs.items():
            self.assertEqual((PAGES / f"{program}.1").read_text(),
                             make_man_pages.man_page(commands),
                             "scripts/make_man_pages.py BIN_FOLDER docs/man writes it anew")

    def test_have_every_command_and_flag_and_no_other(self):
        for program, commands in self.programs.items():
            page = sections(plain((PAGES / f"{program}.1").read_text()))
            self.assertEqual([heading for heading in page if heading.startswith(program)],
                             [f"{program} {command.name}" for command in commands[1:]])
            for command in commands:
                text = page[f"{program} {command.name}" if command.name else "OPTIONS"]
                tags = re.findall(r"^\.TP\n(-.*)$", text, re.MULTILINE)
                self.assertEqual([", ".join(flag.names) + (f" {flag.value}" if flag.value else "")
                                  for flag in command.flags()], tags)

    def test_have_every_exit_code_and_example(self):
        for program, commands in self.programs.items():
            page = sections(plain((PAGES / f"{program}.1").read_text()))
            self.assertEqual([code for code, _ in commands[0].exit_codes],
                             re.findall(r"^\.TP\n(\d)$", page["EXIT STATUS"], re.MULTILINE))
            for example in commands[0].examples:
                self.assertIn(example, page["EXAMPLES"])


class Lint(unittest.TestCase):
    def test_nothing_is_said_against_them(self):
        for checker in filter(shutil.which, CHECKERS):
            for program in program_help.PROGRAMS:
                result = subprocess.run([checker, *CHECKERS[checker], PAGES / f"{program}.1"],
                                        capture_output=True, text=True, check=False)
                faults = result.stderr if checker == "man" else result.stdout + result.stderr
                self.assertEqual((0, ""), (result.returncode, faults), checker)


def main():
    if sys.argv[1] != "lint":
        ManPages.bin_folder = sys.argv[1]
        unittest.main(argv=["man_pages", "ManPages"])
    elif not any(map(shutil.which, CHECKERS)):
        print(f"SKIPPED man_pages_lint: there is none of {', '.join(CHECKERS)} here")
    else:
        unittest.main(argv=["man_pages_lint", "Lint"])


if __name__ == "__main__":
    main()
