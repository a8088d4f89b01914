#!/usr/bin/env python3
"""Compares what gpt2ckpt writes and reads with what the formats' own libraries make of the files.

  check_with_libraries.py GPT2CKPT FIXTURES

TensorFlow reads the fixtures that TensorFlow wrote: these are the values that every file which
gpt2ckpt makes of them must hold, bit for bit. A line for each check; exit code 1 if one failed.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # it says so where it is on

import gguf
import numpy as np
import safetensors.numpy
import safetensors.tensorflow
import tensorflow as tf

SOURCES = {"f32": "tf1", "f16": "tf1_half", "bf16": "tf1_bfloat16"}
DTYPES = {"f32": tf.float32, "f16": tf.float16, "bf16": tf.bfloat16}
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
GGUF_NAMES = {"attn/c_attn": "attn_qkv", "attn/c_proj": "attn_output", "mlp/c_fc": "ffn_up",
              "mlp/c_proj": "ffn_down", "ln_1": "attn_norm", "ln_2": "ffn_norm"}


class Failure(Exception):
    pass


def openai_shapes(hparams):
    """The variables of openai/gpt-2's src/model.py."""
    n, shapes = hparams["n_embd"], {}
    shapes["model/wte"] = [hparams["n_vocab"], n]
    shapes["model/wpe"] = [hparams["n_ctx"], n]
    norms = ["model/ln_f"]
    for layer in range(hparams["n_layer"]):
        block = f"model/h{layer}/"
        norms += [block + "ln_1", block + "ln_2"]
        for name, n_in, n_out in (("attn/c_attn", n, 3 * n), ("attn/c_proj", n, n),
                                  ("mlp/c_fc", n, 4 * n), ("mlp/c_proj", 4 * n, n)):
            shapes[block + name + "/w"] = [1, n_in, n_out]
            shapes[block + name + "/b"] = [n_out]
    for norm in norms:
        shapes[norm + "/g"] = shapes[norm + "/b"] = [n]
    return shapes


def hf_name(name):
    """model/h0/attn/c_attn/w is transformer.h.0.attn.c_attn.weight."""
    parts = name.split("/")[1:]
    if parts[0][0] == "h":
        parts[0:1] = ["h", parts[0][1:]]
    last = {"w": "weight", "g": "weight", "b": "bias"}
    parts = parts + ["weight"] if parts[-1] in ("wte", "wpe") else parts[:-1] + [last[parts[-1]]]
    return "transformer." + ".".join(parts)


def tf2_name(name):
    """model/h0/ln_1/g is transformer/h/0/ln_1/gamma."""
    path = hf_name(name).replace(".", "/")
    if "ln_" in path:
        path = path.replace("/weight", "/gamma").replace("/bias", "/beta")
    return path.replace("te/weight", "te/embeddings").replace("pe/weight", "pe/embeddings")


def tf2_shape(name, shape):
    """Kernels without the 1 in front, biases of linear layers as a row."""
    if "/c_" in name and name.endswith("/b"):
        return (1, *shape)
    return shape[-2:]


def prefix_of(folder):
    """A bundle's, or the file of the V1 format; whatever the file `checkpoint` says."""
    found = [file.with_suffix("") for file in folder.glob("*.index")]
    return str(found[0] if found else folder / "model.ckpt")


def gguf_name(name):
    """model/h0/attn/c_attn/w is blk.0.attn_qkv.weight."""
    tops = {"model/wte": "token_embd.weight", "model/wpe": "position_embd.weight",
            "model/ln_f/g": "output_norm.weight", "model/ln_f/b": "output_norm.bias"}
    if name in tops:
        return tops[name]
    _, layer, *middle, last = name.split("/")
    kind = "bias" if last == "b" else "weight"
    return f"blk.{layer[1:]}.{GGUF_NAMES['/'.join(middle)]}.{kind}"


def expect_equal(found, expected, what):
    found = np.asarray(found)
    if found.dtype != expected.dtype or found.shape != expected.shape:
        raise Failure(f"{what}: expected {expected.dtype} {expected.shape}, "
                      f"found {found.dtype} {found.shape}")
    if found.tobytes() != expected.tobytes():
        raise Failure(f"{what}: the values differ")


def expect_names(found, expected):
    if set(found) != set(expected):
        raise Failure(f"names differ: {sorted(set(found) ^ set(expected))}")


class Checks:
    def __init__(self, program, fixtures, folder):
        self.program, self.fixtures, self.folder = program, fixtures, folder
        hparams = json.loads((fixtures / "tf1/hparams.json").read_text())
        self.shapes = openai_shapes(hparams)

    def convert(self, source, target, *flags):
        path = self.folder / target
        path.parent.mkdir(exist_ok=True)
        subprocess.run([self.program, "convert", "-q", self.fixtures / source, path, *flags],
                       check=True, stdout=subprocess.DEVNULL)
        return path

    def expected(self, source):
        """The weights of a fixture as TensorFlow reads them."""
        reader = tf.train.load_checkpoint(prefix_of(self.fixtures / source))
        return {name: reader.get_tensor(name) for name in self.shapes}

    def tf1(self, dtype):
        """TensorFlow's Saver restores tf1 into variables of OpenAI's names and shapes."""
        folder = self.convert(SOURCES[dtype], f"{dtype}/tf1", "--to", "tf1")
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            variables = {name: tf.compat.v1.get_variable(name, shape, DTYPES[dtype])
                         for name, shape in self.shapes.items()}
            saver = tf.compat.v1.train.Saver()
            saver.restore(session, tf.train.latest_checkpoint(str(folder)))
            restored = session.run(variables)
        for name, values in self.expected(SOURCES[dtype]).items():
            expect_equal(restored[name], values, name)

    def tf2(self, dtype):
        """tf.train.load_checkpoint reads tf2, names and shapes as Hugging Face's model saves them."""
        folder = self.convert(SOURCES[dtype], f"{dtype}/tf2", "--to", "tf2")
        reader = tf.train.load_checkpoint(str(folder))
        hugging_face = tf.train.load_checkpoint(prefix_of(self.fixtures / "tf2_hf"))
        shapes = reader.get_variable_to_shape_map()
        if shapes != hugging_face.get_variable_to_shape_map():
            raise Failure("names or shapes differ from tf2_hf's")
        expect_names(shapes, [tf2_name(name) + SUFFIX for name in self.shapes] +
                     ["_CHECKPOINTABLE_OBJECT_GRAPH"])
        for name, values in self.expected(SOURCES[dtype]).items():
            expect_equal(reader.get_tensor(tf2_name(name) + SUFFIX),
                         values.reshape(tf2_shape(name, values.shape)), name)

    def tf2_objects(self, dtype):
        """tf.train.Checkpoint restores tf2 into a tree of objects, by its object graph."""
        folder = self.convert(SOURCES[dtype], f"{dtype}/tf2_objects", "--to", "tf2")
        root, leaves = tf.Module(), {}
        for name, shape in self.shapes.items():
            *path, last = tf2_name(name).split("/")
            node = root
            for part in path:
                if not hasattr(node, part):
                    setattr(node, part, tf.Module())
                node = getattr(node, part)
            leaves[name] = tf.Variable(tf.zeros(tf2_shape(name, shape), DTYPES[dtype]))
            setattr(node, last, leaves[name])
        tf.train.Checkpoint(root).read(
            tf.train.latest_checkpoint(str(folder))).assert_consumed()
        for name, values in self.expected(SOURCES[dtype]).items():
            expect_equal(leaves[name].numpy(), values.reshape(leaves[name].shape), name)

    def safetensors(self, dtype):
        """The package safetensors reads safetensors."""
        folder = self.convert(SOURCES[dtype], f"{dtype}/safetensors", "--to", "safetensors")
        file = str(folder / "model.safetensors")
        # NumPy has no bfloat16 of its own; TensorFlow's arrays bring one along.
        found = (safetensors.numpy.load_file(file) if dtype != "bf16" else
                 {name: x.numpy() for name, x in safetensors.tensorflow.load_file(file).items()})
        expected = self.expected(SOURCES[dtype])
        expect_names(found, map(hf_name, expected))
        for name, values in expected.items():
            expect_equal(found[hf_name(name)],
                         values[0] if name.endswith("/w") else values, name)

    def npz(self, dtype):
        """numpy.load reads npz."""
        file = self.convert(SOURCES[dtype], f"{dtype}/npz/params.npz")
        expected = self.expected(SOURCES[dtype])
        with np.load(file, allow_pickle=False) as found:
            expect_names(found, expected)
            for name, values in expected.items():
                expect_equal(found[name], values, name)

    def gguf(self, dtype):
        """The package gguf reads gguf: llama.cpp's own converter writes by it."""
        file = self.convert(SOURCES[dtype], f"{dtype}/model.gguf")
        reader = gguf.GGUFReader(file)
        expected = self.expected(SOURCES[dtype])
        found = {tensor.name: tensor for tensor in reader.tensors}
        expect_names(found, map(gguf_name, expected))
        is_kept = {"f32": gguf.GGMLQuantizationType.F32, "f16": gguf.GGMLQuantizationType.F16,
                   "bf16": gguf.GGMLQuantizationType.BF16}
        for name, values in expected.items():
            tensor = found[gguf_name(name)]
            is_matrix = name.endswith("/w") or name == "model/wte"
            stored = is_kept[dtype if is_matrix else "f32"]
            if tensor.tensor_type != stored:
                raise Failure(f"{name}: expected {stored.name}, found {tensor.tensor_type.name}")
            values = values[0].T if name.endswith("/w") else values
            expect_equal(gguf.quants.dequantize(tensor.data, tensor.tensor_type),
                         np.ascontiguousarray(values.astype(np.float32)), name)
        tokens = reader.fields["tokenizer.ggml.tokens"].contents()
        vocabulary = json.loads((self.fixtures / "tf1/encoder.json").read_text())
        if tokens != sorted(vocabulary, key=vocabulary.get):
            raise Failure("the tokens differ from encoder.json's")

    def reading(self, source):
        """gpt2ckpt reads what TensorFlow wrote as TensorFlow reads it."""
        file = self.convert(source, f"{source}/params.npz")
        with np.load(file, allow_pickle=False) as found:
            for name, values in self.expected(source).items():
                expect_equal(found[name], values.astype(found[name].dtype), name)


def main():
    program, fixtures = sys.argv[1], pathlib.Path(sys.argv[2])
    n_failed = 0
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(program, fixtures, pathlib.Path(folder))
        todo = [(check, dtype) for dtype in SOURCES for check in (
            checks.tf1, checks.tf2, checks.tf2_objects, checks.safetensors, checks.npz, checks.gguf)
            if (check, dtype) != (checks.npz, "bf16")]
        todo += [(checks.reading, source) for source in (
            "tf1", "tf1_sharded", "tf1_partitioned", "tf1_finetuned", "tf1_v1format", "tf1_half")]
        for check, subject in todo:
            words = check.__doc__.splitlines()[0]
            try:
                check(subject)
                print(f"ok      {subject:15} {words}")
            except Exception as error:  # a library's own words for what it does not like
                n_failed += 1
                print(f"FAILED  {subject:15} {words}\n        {type(error).__name__}: {error}")
    if n_failed:
        sys.exit(f"{n_failed} of {len(todo)} checks failed")
    print(f"{len(todo)} checks with TensorFlow {tf.__version__}, safetensors "
          f"{safetensors.__version__}, gguf and NumPy {np.__version__}: all equal")


main()
