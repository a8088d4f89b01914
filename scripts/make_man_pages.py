#!/usr/bin/env python3
"""Writes docs/man/gpt2run.1 and gpt2ckpt.1 from --help of the two programs.

    scripts/make_man_pages.py build/release/bin docs/man
"""
import itertools
import pathlib
import re
import sys
import textwrap

import program_help

ROOT = pathlib.Path(__file__).resolve().parent.parent

MODEL = """\
A model is a folder, or one file of a checkpoint, of whatever name: what a file is shows in its
bytes. These are read: TensorFlow's bundles (OpenAI's names, Hugging Face's TF2 names, trees of
tf.Module, SavedModels) and V1 files; Keras's and Hugging Face's .h5; safetensors, in one file or in
shards with their index; PyTorch's pytorch_model.bin and ckpt.pt; llm.c's .bin; GGUF; ggml's old
.bin; .npz with OpenAI's names. A TensorFlow bundle is also named by its prefix. A folder with
several models is refused with a list of them.

Sizes are taken from hparams.json or config.json beside the checkpoint, or from the checkpoint
itself; the vocabulary from the checkpoint, or from encoder.json and vocab.bpe, vocab.json and
merges.txt, tokenizer.json, or gpt2_tokenizer.bin beside it.
"""

# What --help does not say: for each program a list of (heading, text).
MORE = {
    "gpt2run": [
        ("MODELS", MODEL),
        ("FILES", """\
PREFIX/share/gpt2run/models/shakespeare: the model that is taken where none is named, found from
where the program is.
"""),
        ("ENVIRONMENT", """\
OMP_NUM_THREADS: threads to compute with, where --threads does not say. OMP_WAIT_POLICY=passive:
threads that wait leave their processor to other programs. GPT2RUN_ISA=portable, avx2, avx512,
avx512-vnni or amx: the instruction set to compute with, where the processor has it, in place of its
best; what weights are rounded to does not depend on it.
""")],
    "gpt2ckpt": [("MODELS", MODEL)],
}
SEE_ALSO = {"gpt2run": "gpt2ckpt", "gpt2ckpt": "gpt2run"}


def escape(text):
    """A line as roff: characters as a shell has them, nothing that begins a request."""
    for character, code in [("\\", "\\e"), ("-", "\\-"), ("^", "\\(ha"), ("~", "\\(ti"),
                            ("'", "\\(aq"), ("`", "\\(ga")]:
        text = text.replace(character, code)
    return guard(text)


def guard(line):
    """The line, no request whatever it begins with."""
    return "\\&" + line if line.startswith(".") else line


def prose(text):
    """Lines of at most 80 characters."""
    lines = textwrap.wrap(escape(" ".join(text.split())), 78, break_long_words=False,
                          break_on_hyphens=False)
    return [guard(line) for line in lines]


def paragraphs(text):
    """Prose and indented blocks, as they stand in --help."""
    lines = []
    for paragraph in text.strip("\n").split("\n\n"):
        lines.append(".PP")
        for is_block, part in itertools.groupby(paragraph.split("\n"),
                                                lambda line: line.startswith("  ")):
            if is_block:
                lines += [".RS", ".nf", *(escape(line[2:]) for line in part), ".fi", ".RE"]
            else:
                lines += prose(" ".join(part))
    return lines


def option(item):
    """A flag or a positional with its text."""
    names = ", ".join(f"\\fB{escape(name)}\\fR" for name in item.names)
    if not item.is_flag:
        names = f"\\fI{escape(item.names[0])}\\fR"
    value = f" \\fI{escape(item.value)}\\fR" if item.value else ""
    return [".TP", names + value, *prose(item.text)]


def options(command):
    lines = []
    for title, items in command.groups:
        if title != "Positionals":
            lines += [".PP", f"{escape(title)}:"]
        for item in items:
            lines += option(item)
    return lines


def synopsis(command):
    lines = []
    for line in command.usage:
        words = [rf"\fB{escape(word)}\fR" if re.match(r"(--?)?[a-z]", word) else escape(word)
                 for word in line.split()]
        indent = "" if line.startswith(command.program) else "    "
        lines.append(indent + " ".join(words))
    return [".nf", *lines, ".fi"]


def examples(command):
    return [".nf"] + [escape(line) for line in command.examples] + [".fi"]


def subcommand(command):
    """The subsection of a command."""
    lines = [f".SS {command.program} {command.name}", escape(command.description), ".PP"]
    lines += synopsis(command)
    for text in (command.intro, command.notes):
        if text:
            lines += paragraphs(text)
    lines += options(command)
    if command.examples:
        lines += [".PP", "Examples:", ".PP", ".RS"] + examples(command) + [".RE"]
    return lines


def exit_status(command):
    lines = [".SH EXIT STATUS"]
    for code, meaning in command.exit_codes:
        lines += [".TP", f"\\fB{code}\\fR", *prose(meaning)]
    return lines


def latest_release():
    """(version, date) of the newest release in CHANGELOG.md."""
    text = (ROOT / "CHANGELOG.md").read_text()
    return re.search(r"^## \[([0-9.]+)\] - (\S+)$", text, re.MULTILINE).groups()


def man_page(commands):
    own = commands[0]
    program = own.program
    version, date = latest_release()
    brief = own.description[0].lower() + own.description[1:].rstrip(".")
    lines = [f".TH {program.upper()} 1 {date} \"gpt2run {version}\" \"User Commands\"",
             ".\\\" Made by scripts/make_man_pages.py from --help; not to be edited.",
             ".nh", ".ad l",
             ".SH NAME", f"{program} \\- {escape(brief)}",
             ".SH SYNOPSIS", *synopsis(own),
             ".SH DESCRIPTION", escape(own.description)]
    lines += paragraphs(own.notes) if own.notes else []
    lines += [".SH OPTIONS", *options(own)]
    lines += [".SH COMMANDS"]
    for command in commands[1:]:
        lines += subcommand(command)
    for heading, text in MORE[program]:
        lines += [f".SH {heading}", *paragraphs(text)]
    lines += exit_status(own)
    lines += [".SH EXAMPLES", *examples(own)]
    lines += [".SH SEE ALSO", f".BR {SEE_ALSO[program]} (1)"]
    return re.sub(r"^(\.SH .*)\n\.PP$", r"\1", "\n".join(lines) + "\n", flags=re.MULTILINE)


def main(bin_folder, out_folder):
    pathlib.Path(out_folder).mkdir(parents=True, exist_ok=True)
    for program in program_help.PROGRAMS:
        page = man_page(program_help.read_help(bin_folder, program))
        (pathlib.Path(out_folder) / f"{program}.1").write_text(page)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    main(*sys.argv[1:])
