"""Who runs: gpt2run with each weight type, and the peers."""
import pathlib

from contestant_gpt2run import Drafted, Gpt2run
from contestant_llama import LlamaCpp
from contestant_python import CTranslate2, Torch


def all_contestants(program_folder, folder, threads, dtypes):
    """Those whose weights are like one of dtypes, ours first."""
    folders = (pathlib.Path(program_folder), pathlib.Path(folder))
    ours = [Gpt2run(folders, threads, dtype) for dtype in ("f32", "bf16", "int8", "int4")]
    peers = [LlamaCpp(folders, threads, "F32", "f32"), LlamaCpp(folders, threads, "BF16", "bf16"),
             LlamaCpp(folders, threads, "Q8_0", "int8"), LlamaCpp(folders, threads, "Q4_0", "int4"),
             CTranslate2(folders, threads, "float32", "f32"),
             CTranslate2(folders, threads, "int8_float32", "int8"),
             Torch(folders, threads, "float32", "f32"), Torch(folders, threads, "bfloat16", "bf16")]
    found = ours + [Drafted(folders, threads)] + peers
    return [contestant for contestant in found if contestant.dtype in dtypes]
