"""Runs programs and reads what they print."""
import json
import os
import select
import statistics
import subprocess
import tempfile
import time

TIMEOUT = 600  # seconds; more than any of them takes


class Failure(Exception):
    """A program that ended with an error; the text is one line."""


def last_line(text):
    lines = [line for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


def words(command):
    return [str(word) for word in command]


def run(command):
    """What the command prints. Errors: Failure."""
    try:
        done = subprocess.run(words(command), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(str(error)) from error
    if done.returncode != 0:
        raise Failure(f"exit code {done.returncode}: {last_line(done.stderr)}")
    return done.stdout


def run_json(command):
    """The last line that the command prints, as JSON. Errors: Failure."""
    try:
        return json.loads(run(command).splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise Failure(f"{command[0]} printed no JSON") from error


def seconds_to_first_byte(command, repeats=1):
    """From starting a process to the first byte on its stdout; the median. Errors: Failure."""
    return statistics.median(time_to_first_byte(command) for _ in range(repeats))


def time_to_first_byte(command):
    # A file takes however much it says on stderr, while only stdout is waited for.
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        try:
            with subprocess.Popen(words(command), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=errors) as process:
                byte, seconds = first_byte(process), time.perf_counter() - start
                finish(process, TIMEOUT - seconds)
        except OSError as error:
            raise Failure(str(error)) from error
        errors.seek(0)
        if process.returncode != 0 or not byte:
            raise Failure(f"exit code {process.returncode}: {last_line(errors.read())}")
    return seconds


def first_byte(process):
    """Empty if it ends without, or says nothing for long."""
    is_ready, _, _ = select.select([process.stdout], [], [], TIMEOUT)
    return os.read(process.stdout.fileno(), 1) if is_ready else b""


def finish(process, seconds):
    """Ends it once it has had so many more."""
    try:
        process.communicate(timeout=max(seconds, 0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
