"""What --help of gpt2run and gpt2ckpt says, taken apart: make_man_pages.py and make_completions.py
write from it, and the tests hold their files against it."""
import dataclasses
import pathlib
import re
import subprocess

PROGRAMS = ["gpt2run", "gpt2ckpt"]


@dataclasses.dataclass
class Item:
    """A flag or a positional: "-m,--model PATH" is names ["-m", "--model"], value "PATH"."""
    names: list
    value: str = ""
    repeatable: bool = False
    text: str = ""

    @property
    def is_flag(self):
        return self.names[0].startswith("-")

    @property
    def long_name(self):
        return self.names[-1]


@dataclasses.dataclass
class Command:
    """One --help. name is "" for the program's own."""
    program: str
    name: str
    description: str
    usage: list     # its lines, "Usage: " cut off
    intro: str      # what stands between usage and flags
    groups: list    # [(title, [Item])]
    commands: list  # [(name, description)]
    exit_codes: list  # [(code, meaning)]
    notes: str      # what stands between exit codes and examples
    examples: list

    def items(self):
        return [item for _, items in self.groups for item in items]

    def flags(self):
        return [item for item in self.items() if item.is_flag]

    def positionals(self):
        return [item for item in self.items() if not item.is_flag]


def parse_name(text):
    """ "--skip GLOB ..." as an Item without a text."""
    words = text.replace(", ", ",").split()
    item = Item(words.pop(0).split(","))
    if "..." in words:
        words.remove("...")
        item.repeatable = True
    item.value = " ".join(word for word in words if word != "REQUIRED")
    return item


def table_rows(lines):
    """[(left, right)] of lines in two columns, continued lines joined."""
    rows = []
    for line in lines:
        if line.startswith(" " * 5) and rows:
            rows[-1][1] += " " + line.strip()
        else:
            left, _, right = line.strip().partition("  ")
            rows.append([left, right.strip()])
    return [(left, right.strip()) for left, right in rows]


def parse_groups(text):
    """The groups of flags, [(title, [(name, text)])]."""
    groups = []
    for line in text.splitlines():
        if re.match(r"\S.*:$", line):
            groups.append((line[:-1], []))
        elif line.strip():
            groups[-1][1].append(line)
    return [(title, table_rows(lines)) for title, lines in groups]


def parse_help(program, name, text):
    head, _, tail = text.partition("\nExit codes:\n")
    description, _, body = head.partition("\n\nUsage: ")
    first_group = re.search(r"^[A-Z].*:$", body, re.MULTILINE)
    usage, _, intro = body[:first_group.start()].partition("\n\n")
    codes, _, footer = tail.partition("\n\n")
    notes, _, examples = footer.rpartition("Examples:\n")
    command = Command(program, name, description.strip(),
                      [line.strip() for line in usage.splitlines()], intro.rstrip(), [], [],
                      table_rows(codes.splitlines()), notes.strip(),
                      [line.strip() for line in examples.splitlines() if line.strip()])
    for title, rows in parse_groups(body[first_group.start():]):
        if title == "Subcommands":
            command.commands = rows
            continue
        items = [parse_name(left) for left, _ in rows]
        for item, (_, meaning) in zip(items, rows):
            item.text = meaning
        command.groups.append((title, items))
    return command


def run(program_path, *arguments):
    return subprocess.run([program_path, *arguments], capture_output=True, text=True,
                          check=True).stdout


def read_help(bin_folder, program):
    """The Commands of a program, its own first."""
    path = pathlib.Path(bin_folder) / program
    own = parse_help(program, "", run(path, "--help"))
    return [own] + [parse_help(program, name, run(path, name, "--help"))
                    for name, _ in own.commands]
