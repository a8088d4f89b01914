"""What ran, and on what."""
import importlib.metadata
import os
import pathlib
import platform
import re

import programs

INTERESTING = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16"]


def cpu_field(name):
    found = re.search(rf"^{name}\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return found.group(1) if found else ""


def largest_cache():
    """The size of cpu0's last cache, as the kernel says it: "480M"."""
    folders = sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    return (folders[-1] / "size").read_text().strip() if folders else ""


def describe():
    flags = cpu_field("flags").split()
    return {"cpu": cpu_field("model name") or platform.machine(), "cpus": os.cpu_count(),
            "instructions": [flag for flag in INTERESTING if flag in flags],
            "last_cache": largest_cache(), "kernel": platform.release(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")}


def llama_version(folder):
    """Of what is built there; sources of other versions may lie beside it."""
    version = (pathlib.Path(folder) / "llama.cpp/whole").read_text().strip()
    return f"in llama_cpp_python-{version}"


def versions(program_folder, folder):
    found = {name: importlib.metadata.version(name)
             for name in ("ctranslate2", "torch", "transformers")}
    found["llama.cpp"] = llama_version(folder)
    text = programs.run([pathlib.Path(program_folder) / "gpt2run", "--version"]).decode()
    found["gpt2run"] = "; ".join(line.strip() for line in text.splitlines() if line.strip())
    return found
