"""What GPT-2 must read and multiply: bytes and operations of decode and prefill."""

# Bytes a weight takes: int8 and int4 are in groups of 32 with a scale of two bytes.
BYTES = {"f32": 4, "bf16": 2, "int8": 34 / 32, "int4": 18 / 32}


def matrix_weights(shape):
    """All matrices, wte once: as the head, for a row of the embedding is nothing. Without wpe."""
    return shape["n_embd"] * (shape["n_vocab"] + 12 * shape["n_layer"] * shape["n_embd"])


def weight_bytes(shape, dtype):
    """What a token reads of the weights; biases and gains are float32 for every type."""
    vectors = shape["n_embd"] * (13 * shape["n_layer"] + 2)
    return round(BYTES[dtype] * matrix_weights(shape) + 4 * vectors)


def decode_bytes(shape, dtype, n, n_past):
    """What each of n tokens after n_past others reads on the mean; a key or value is a float16,
    beside float32 weights a float32."""
    n_cached = n_past + (n + 1) / 2
    item = 4 if dtype == "f32" else 2
    return weight_bytes(shape, dtype) + item * 2 * shape["n_layer"] * shape["n_embd"] * n_cached


def prefill_operations(shape, n):
    """Multiplications and additions of a pass over n tokens for the last one's logits: of the last
    layer the others need keys and values alone."""
    n_embd, others = shape["n_embd"], shape["n_layer"] - 1
    products = 12 * n_embd ** 2 * (n * others + 1) + 2 * n_embd ** 2 * (n - 1)
    attention = 2 * n_embd * (others * n * (n + 1) / 2 + n)
    return 2 * (products + attention + n_embd * shape["n_vocab"])
