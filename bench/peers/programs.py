"""Runs programs and reads what they print."""
import json
import os
import statistics
import subprocess
import time

TIMEOUT = 600  # seconds; more than any of them takes


class Failure(Exception):
    """A program that ended with an error; the text is one line."""


def last_line(text):
    lines = [line for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


def run(command, environment=None):
    """What the command prints. Errors: Failure."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=TIMEOUT, check=False,
                              env={**os.environ, **(environment or {})})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(str(error)) from error
    if done.returncode != 0:
        raise Failure(f"exit code {done.returncode}: {last_line(done.stderr)}")
    return done.stdout


def run_json(command, environment=None):
    """The last line that the command prints, as JSON. Errors: Failure."""
    try:
        return json.loads(run(command, environment).splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise Failure(f"{command[0]} printed no JSON") from error


def seconds_to_first_byte(command, repeats=1):
    """From starting a process to the first byte on its stdout; the median. Errors: Failure."""
    return statistics.median(time_to_first_byte(command) for _ in range(repeats))


def time_to_first_byte(command):
    start = time.perf_counter()
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        byte = os.read(process.stdout.fileno(), 1)
        seconds = time.perf_counter() - start
        _, errors = process.communicate(timeout=TIMEOUT)
    if process.returncode != 0 or not byte:
        raise Failure(f"exit code {process.returncode}: {last_line(errors)}")
    return seconds
