#!/usr/bin/env python3
"""Makes the reference tensors that the golden tests compare with, by other people's code.

  make_references.py MODEL OUTPUT --prompt TEXT ...   from prompts, with MODEL's vocabulary
  make_references.py MODEL OUTPUT --like DIR          the ids of DIR's references, and how far those
                                                      lie from the ones made here

MODEL is a folder in OpenAI's layout. read_bundle.py reads the weights, Hugging Face transformers
runs them in float64. OUTPUT receives, for K = 0, 1, ...:
  ids_K.npy       int64 [n]
  logits_K.npy    float32 [n, n_vocab]
  hidden_K/       float32 [n, n_embd]: embed.npy, block_0.npy ..., ln_f.npy
  greedy.json     the greedy continuation of each prompt, and the smallest gap that was met between
                  the best two logits: below the engine's error the choice would be a toss-up
The packages that it needs are in requirements-references.txt.
"""
import argparse
import base64
import json
import pathlib

import numpy as np
import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2Config, GPT2LMHeadModel

from read_bundle import latest_prefix, read_bundle

BLOCK_NAMES = {  # OpenAI's name -> Hugging Face's
    "ln_1/g": "ln_1.weight", "ln_1/b": "ln_1.bias", "ln_2/g": "ln_2.weight", "ln_2/b": "ln_2.bias",
    **{f"{part}/{letter}": f"{part.replace('/', '.')}.{word}"
       for part in ("attn/c_attn", "attn/c_proj", "mlp/c_fc", "mlp/c_proj")
       for letter, word in (("w", "weight"), ("b", "bias"))},
}


def load_model(folder, **settings):
    """The model in float64, with exactly the checkpoint's weights.

    settings: what GPT2Config is told besides the sizes. Of a smaller n_inner, the first of the
    feed-forward layer's columns are taken.
    """
    sizes = json.loads((folder / "hparams.json").read_text())
    config = GPT2Config(vocab_size=sizes["n_vocab"], n_positions=sizes["n_ctx"],
                        n_embd=sizes["n_embd"], n_head=sizes["n_head"], n_layer=sizes["n_layer"],
                        bos_token_id=None, eos_token_id=None, **settings)
    config._attn_implementation = "eager"
    variables = read_bundle(latest_prefix(folder))

    def weight(name):
        array = variables["model/" + name].astype(np.float64)
        array = array[0] if array.ndim == 3 else array
        if "mlp/c_fc" in name:
            array = array[..., :config.n_inner]
        elif name.endswith("mlp/c_proj/w"):
            array = array[:config.n_inner]
        return torch.from_numpy(np.ascontiguousarray(array))

    state = {"transformer.wte.weight": weight("wte"), "transformer.wpe.weight": weight("wpe"),
             "lm_head.weight": weight("wte"),
             "transformer.ln_f.weight": weight("ln_f/g"), "transformer.ln_f.bias": weight("ln_f/b")}
    for layer in range(sizes["n_layer"]):
        for ours, theirs in BLOCK_NAMES.items():
            state[f"transformer.h.{layer}.{theirs}"] = weight(f"h{layer}/{ours}")
    model = GPT2LMHeadModel(config).double().eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or [name for name in missing if not name.endswith((".attn.bias", "masked_bias"))]:
        raise SystemExit(f"names do not fit: missing {missing}, unexpected {unexpected}")
    return model


@torch.no_grad()
def run(model, ids):
    """logits [n, n_vocab] and the output of every stage [n, n_embd], float32."""
    stages = {}

    def keep(name):
        def hook(_module, _inputs, output):
            stages[name] = (output[0] if isinstance(output, tuple) else output)
        return hook

    body = model.transformer
    watched = {"embed": body.drop, "ln_f": body.ln_f}
    watched.update({f"block_{i}": block for i, block in enumerate(body.h)})
    hooks = [module.register_forward_hook(keep(name)) for name, module in watched.items()]
    logits = model(torch.tensor([ids]), use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    to_numpy = lambda tensor: tensor.reshape(len(ids), -1).numpy().astype(np.float32)
    return to_numpy(logits), {name: to_numpy(tensor) for name, tensor in stages.items()}


@torch.no_grad()
def continue_greedily(model, ids, n_tokens):
    """n_tokens new ids (an end of text does not stop it) and the smallest gap of the best two."""
    new_ids, cache, step, smallest_gap = [], None, torch.tensor([ids]), float("inf")
    for _ in range(min(n_tokens, model.config.n_positions - len(ids))):
        output = model(step, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        best = torch.topk(output.logits[0, -1], 2)
        smallest_gap = min(smallest_gap, (best.values[0] - best.values[1]).item())
        new_ids.append(best.indices[0].item())
        step = torch.tensor([new_ids[-1:]])
    return new_ids, smallest_gap


def to_bytes(folder, ids):
    """The bytes of ids, by encoder.json and the byte table of OpenAI's encoder.py."""
    table = [*range(33, 127), *range(161, 173), *range(174, 256)]
    byte_of = {chr(byte): byte for byte in table}
    byte_of.update({chr(256 + i): byte
                    for i, byte in enumerate(b for b in range(256) if b not in table)})
    encoder = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
    token_of = {id_: token for token, id_ in encoder.items()}
    return bytes(byte_of[letter] for id_ in ids for letter in token_of[id_])


def difference(path, made):
    """The largest absolute difference from an array that was made before; None without one."""
    return float(np.abs(np.load(path) - made).max()) if path.exists() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--prompt", action="append", default=[])
    parser.add_argument("--like", type=pathlib.Path)
    parser.add_argument("--n-tokens", type=int, default=40)
    arguments = parser.parse_args()
    if bool(arguments.prompt) == bool(arguments.like):
        parser.error("either --prompt or --like")

    model = load_model(arguments.model)
    if arguments.like:
        paths = sorted(arguments.like.glob("ids_*.npy"))
        sequences = {path.stem[4:]: np.load(path).tolist() for path in paths}
        greedy = json.loads((arguments.like / "greedy.json").read_text())
    else:
        tokenizer = ByteLevelBPETokenizer(str(arguments.model / "encoder.json"),
                                          str(arguments.model / "vocab.bpe"))
        greedy = [{"prompt": text, "ids": tokenizer.encode(text).ids} for text in arguments.prompt]
        sequences = {str(i): entry["ids"] for i, entry in enumerate(greedy)}

    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, ids in sequences.items():
        logits, stages = run(model, ids)
        hidden = arguments.output / f"hidden_{name}"
        hidden.mkdir(exist_ok=True)
        np.save(arguments.output / f"ids_{name}.npy", np.array(ids, dtype=np.int64))
        np.save(arguments.output / f"logits_{name}.npy", logits)
        for stage, tensor in stages.items():
            np.save(hidden / f"{stage}.npy", tensor)
        if arguments.like:
            print(f"logits_{name}: largest difference",
                  difference(arguments.like / f"logits_{name}.npy", logits))
            for stage, tensor in stages.items():
                found = difference(arguments.like / f"hidden_{name}" / f"{stage}.npy", tensor)
                if found is not None:
                    print(f"hidden_{name}/{stage}: largest difference", found)

    results = []
    for entry in greedy:
        n_tokens = len(entry.get("new_ids", [])) or arguments.n_tokens
        new_ids, gap = continue_greedily(model, entry["ids"], n_tokens)
        text = to_bytes(arguments.model, new_ids)
        results.append({"prompt": entry["prompt"], "ids": entry["ids"], "new_ids": new_ids,
                        "new_bytes_b64": base64.b64encode(text).decode(),
                        "new_text": text.decode("utf-8", errors="replace"),
                        "min_top2_margin": gap})
        if arguments.like:
            print(f"greedy {entry['prompt']!r}: the same ids: {new_ids == entry['new_ids']}")
    (arguments.output / "greedy.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
