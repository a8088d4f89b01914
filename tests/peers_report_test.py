"""bench/peers: what the tables and the picture make of figures whose shares are known."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "bench" / "peers"
sys.path.insert(0, str(FOLDER))

import contestant  # noqa: E402
import costs  # noqa: E402
import machine  # noqa: E402
import picture  # noqa: E402
import programs  # noqa: E402
import report  # noqa: E402
import rounds  # noqa: E402
import settings  # noqa: E402
from metrics import METRICS  # noqa: E402

SHAPE = {"n_vocab": 50257, "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12}
SMALL = {"n_vocab": 1025, "n_ctx": 256, "n_embd": 192, "n_head": 6, "n_layer": 6}
PEERS = {"gpt2run f32": ("gpt2run", "f32"), "gpt2run int8": ("gpt2run", "int8"),
         "llama.cpp F32": ("llama.cpp", "f32"), "llama.cpp Q8_0": ("llama.cpp", "int8"),
         "PyTorch float32": ("PyTorch", "f32")}
DECODE = METRICS["decode_128"]


def limits(bandwidth):
    """Of each metric, what the machine could do between our program's passes."""
    rates = {"fma_f32": 4e11, "dot_bf16": None, "dot_int8": 1.6e12, "amx_bf16": None,
             "amx_int8": None}
    return {"decode_128": {"read": bandwidth}, "prefill_512": rates, "first_token": {"file": 0.2}}


def one_round(bandwidth):
    """gpt2run reads at 0.9 of the bandwidth, llama.cpp at 0.75, PyTorch at 0.45."""
    def rate(share, dtype):
        return {"decode_128": share * bandwidth / costs.decode_bytes(SHAPE, dtype, 128, 8),
                "first_token": 0.25 / share}
    return {"limits": {"gpt2run f32": limits(bandwidth), "gpt2run int8": limits(2 * bandwidth),
                       "llama.cpp F32": {"decode_128": {}}},
            "values": {"gpt2run f32": rate(0.9, "f32"), "gpt2run int8": rate(1.8, "int8"),
                       "llama.cpp F32": rate(0.75, "f32"), "llama.cpp Q8_0": rate(1.5, "int8"),
                       "PyTorch float32": rate(0.45, "f32")}}


def record(bandwidths=(30e9, 20e9, 40e9)):
    return {"date": "2026-01-01", "threads": 2, "shapes": {"124M": SHAPE, "shakespeare": SMALL},
            "machine": {"cpu": "A CPU", "cpus": 2, "last_cache": "32M"},
            "versions": {"gpt2run": "1"},
            "contestants": {name: {"peer": peer, "dtype": dtype}
                            for name, (peer, dtype) in PEERS.items()},
            "agreement": {"llama.cpp F32": {"largest_difference": 1e-3, "same_likeliest": 1,
                                            "bound": 5e-3},
                          "gpt2run bf16": {"failed": "exit code 2: unknown flag"}},
            "settings": {"llama.cpp F32": {"decode_128": {"flash_attention": "on"}}},
            "rounds": [one_round(bandwidth) for bandwidth in bandwidths]}


class Costs(unittest.TestCase):
    def test_a_token_reads_every_weight_but_the_positions(self):
        # 124439808 parameters in all, n_ctx * n_embd of them positions
        self.assertEqual(costs.weight_bytes(SHAPE, "f32"), 4 * (124439808 - 1024 * 768))

    def test_types_take_their_bits(self):
        vectors = 4 * 768 * (13 * 12 + 2)
        matrices = costs.matrix_weights(SHAPE)
        for dtype, bits in [("bf16", 16), ("int8", 8.5), ("int4", 4.5)]:
            self.assertEqual(costs.weight_bytes(SHAPE, dtype), matrices * bits / 8 + vectors)

    def test_the_cache_counts_keys_and_values(self):
        grown = costs.decode_bytes(SHAPE, "f32", 1, 101) - costs.decode_bytes(SHAPE, "f32", 1, 1)
        self.assertEqual(grown, 100 * 4 * 2 * 12 * 768)
        grown = costs.decode_bytes(SHAPE, "int8", 1, 101) - costs.decode_bytes(SHAPE, "int8", 1, 1)
        self.assertEqual(grown, 100 * 2 * 2 * 12 * 768)

    def test_a_prefill_needs_the_last_layers_last_row_and_all_its_keys_and_values(self):
        layer, head = 12 * 768 ** 2, 768 * 50257
        self.assertEqual(costs.prefill_operations(SHAPE, 1), 2 * (12 * layer + 2 * 768 * 12 + head))
        of_second = costs.prefill_operations(SHAPE, 2) - costs.prefill_operations(SHAPE, 1)
        scores = 2 * 768 * (11 * 2 + 1)  # a second row of two keys, and one key more for the last
        self.assertEqual(of_second, 2 * (11 * layer + 2 * 768 ** 2 + scores))


class Report(unittest.TestCase):
    def row(self, metric, dtype, rounds=None):
        found = [row for row in report.rows(rounds or record())
                 if (row["metric"].name, row["dtype"]) == (metric, dtype)]
        self.assertEqual(len(found), 1)
        return found[0]

    def test_shares_are_those_within_a_round_however_the_machine_drifts(self):
        row = self.row("decode_128", "f32")
        self.assertAlmostEqual(row["share"].median, 0.9)
        self.assertAlmostEqual(row["times"].median, 0.9 / 0.75)
        self.assertAlmostEqual(row["ours"],
                               0.9 * 30e9 / costs.decode_bytes(SHAPE, "f32", 128, 8))

    def test_the_best_peer_of_the_same_type_counts(self):
        self.assertEqual(self.row("decode_128", "f32")["peer"], "llama.cpp F32")
        self.assertEqual(self.row("decode_128", "int8")["peer"], "llama.cpp Q8_0")

    def test_each_type_is_beside_the_limit_of_its_own_passes(self):
        self.assertAlmostEqual(self.row("decode_128", "int8")["share"].median, 0.9)

    def test_the_start_is_beside_the_reading_and_the_fastest_peer(self):
        row = self.row("first_token", "f32")
        self.assertAlmostEqual(row["share"].median, 0.25 / 0.9 / 0.2)
        self.assertAlmostEqual(row["times"].median, 0.9 / 0.75)

    def test_says_which_floors_are_reached(self):
        lines = report.floors_table(record())
        decode = {dtype: next(line for line in lines if line.startswith(f"| decode 128, {dtype}"))
                  for dtype in ("f32", "int8")}
        self.assertIn("| 0.90 (0.90 to 0.90), NOT reached: 0.92 | llama.cpp F32 "
                      "| 1.20 (1.20 to 1.20), reached: 1.08 |", decode["f32"])
        self.assertIn("| 0.90 (0.90 to 0.90), reached: 0.85 | llama.cpp Q8_0 "
                      "| 1.20 (1.20 to 1.20), NOT reached: 1.3 |", decode["int8"])

    def test_the_smallest_and_the_largest_of_the_rounds_are_printed(self):
        found = record()
        for one, scale in zip(found["rounds"], (0.9, 1, 1.5)):
            for metric, factor in [("decode_128", 1 / scale), ("first_token", scale)]:
                one["values"]["llama.cpp F32"][metric] *= factor  # that much slower
            one["limits"]["gpt2run f32"]["decode_128"]["read"] *= scale
        table = "\n".join(report.floors_table(found))
        self.assertIn("| 0.90 (0.60 to 1.00), NOT reached: 0.92 | llama.cpp F32 "
                      "| 1.20 (1.08 to 1.80), reached: 1.08 |", table)
        self.assertIn("| llama.cpp F32 | 1.20 (1.08 to 1.80), reached: 1 |", table)

    def test_drafting_and_tiles_have_spreads_too(self):
        found = record()
        for one, n in zip(found["rounds"], (2, 1, 3)):
            values, rates = one["values"], one["limits"]["gpt2run int8"]["prefill_512"]
            values["gpt2run f32 drafted"] = {"decode_128": n * values["gpt2run f32"]["decode_128"]}
            rates["amx_int8"] = 8e12
            values["gpt2run int8"]["prefill_512"] = (
                n / 10 * 512 * 8e12 / costs.prefill_operations(SHAPE, 512))
        text = "\n".join(report.drafted_lines(found) + report.tiles_lines(found))
        self.assertIn("2.00 (1.00 to 3.00) x plain decode, 1.80 (0.90 to 2.70) x plain", text)
        self.assertIn("; 0.20 (0.10 to 0.30) of it.", text)

    def test_what_was_not_measured_is_left_out(self):
        rows = {(row["metric"].name, row["dtype"]) for row in report.rows(record())}
        self.assertEqual(rows, {(metric, dtype) for metric in ("decode_128", "first_token")
                                for dtype in ("f32", "int8")})

    def test_the_text_names_who_did_not_run_and_why_and_what_shares_are_of(self):
        text = report.text(record())
        self.assertEqual(text.count("are taken within each round"), 1)
        self.assertIn("- gpt2run bf16: not run (exit code 2: unknown flag)", text)
        self.assertIn("- llama.cpp F32: flash_attention on (decode 128)", text)

    def test_the_text_gives_the_limits_beside_each_type(self):
        text = report.text(record())
        self.assertIn("- prefill 512, int8: dot_int8 1600 G operations/s", text)
        self.assertIn("- decode 128, int8: reading the weights 60.0 GB/s", text)


class Measuring(unittest.TestCase):
    class Fake(contestant.Contestant):
        """Takes two seconds for everything."""
        def __init__(self, name, dtype):
            super().__init__((FOLDER, FOLDER), 2, name, dtype)
            self.name = name

        def measure(self, metric, settings):
            return contestant.Sample(2, {"read": 3})

    contestants = [Fake("a", "f32"), Fake("b", "int8"), Fake("c", "f32"), Fake("d", "int8")]

    def turns(self, index):
        return rounds.turns(index, self.contestants, [DECODE, METRICS["default_decode"]],
                            ["f32", "int8"])

    def names(self, index):
        return [(metric.name, one.name) for metric, one in self.turns(index)]

    def test_those_of_a_type_follow_one_another_in_each_metric(self):
        self.assertEqual(self.names(0), [("decode_128", "a"), ("decode_128", "c"),
                                         ("decode_128", "b"), ("decode_128", "d"),
                                         ("default_decode", "a"), ("default_decode", "c")])

    def test_another_one_begins_each_round(self):
        self.assertEqual(self.names(1)[:4], [("decode_128", "c"), ("decode_128", "a"),
                                             ("decode_128", "d"), ("decode_128", "b")])
        self.assertEqual(self.names(2), self.names(0))

    def test_a_round_has_everyones_figures_and_limits(self):
        settings = {one.name: {metric.name: {} for metric in METRICS.values()}
                    for one in self.contestants}
        found = rounds.measure(self.turns(0), settings)
        self.assertEqual(found["values"]["c"], {"decode_128": 64, "default_decode": 64})
        self.assertEqual(found["values"]["d"], {"decode_128": 64})
        self.assertEqual(found["limits"]["d"], {"decode_128": {"read": 3}})

    def test_seconds_to_the_first_token_stay_seconds(self):
        self.assertEqual(METRICS["first_token"].figure(2), 2)

    def test_a_metric_says_what_is_to_be_measured(self):
        self.assertEqual(contestant.measurement_flags(METRICS["decode_1000"]),
                         ["--repeats", 3, "--decode", "16,1000"])
        self.assertEqual(contestant.measurement_flags(METRICS["prefill_512"]),
                         ["--repeats", 3, "--prefill", 512])

    def test_a_metric_finds_its_own_in_what_throughput_prints(self):
        printed = {"decode": [{"seconds": 1, "limits": {"read": 5}}], "prefill": []}
        self.assertEqual(contestant.printed_sample(DECODE, printed),
                         contestant.Sample(1, {"read": 5}))
        printed = {"decode": [], "prefill": [{"seconds": 3}]}
        self.assertEqual(contestant.printed_sample(METRICS["prefill_512"], printed),
                         contestant.Sample(3))


class Settings(unittest.TestCase):
    class Drifting(contestant.Contestant):
        """Choices on a machine that is slower with every measurement; c cannot run."""
        peer, made_of = "Peer", ("peer",)

        def __init__(self):
            super().__init__((FOLDER, FOLDER), 2, "f32", "f32")
            self.tried = []

        def choices(self, metric):
            return [{"way": way} for way in "abc"]

        def measure(self, metric, settings):
            self.tried.append(settings["way"])
            if settings["way"] == "c":
                raise programs.Failure("no such way")
            return contestant.Sample((10 + len(self.tried)) * {"a": 1, "b": 0.7}[settings["way"]])

    def best(self, one, path, version="1", cpu="A CPU", again=False):
        about = {"threads": 2, "machine": {"cpu": cpu}, "versions": {"peer": version}}
        with contextlib.redirect_stderr(io.StringIO()):
            return settings.best_settings(path, [one], [DECODE], about, again)

    def test_choices_take_turns_and_the_fastest_is_kept_for_the_version_and_the_cpu(self):
        one, tries = self.Drifting(), []
        with tempfile.TemporaryDirectory() as folder:
            for about in [{}, {}, {"version": "2"}, {"cpu": "Another"}, {}, {"again": True}]:
                one.tried.clear()
                found = self.best(one, pathlib.Path(folder) / "settings.json", **about)
                self.assertEqual(found, {"Peer f32": {"decode_128": {"way": "b"}}})
                tries.append("".join(one.tried))
        anew = "abcabababab"
        self.assertEqual(tries, [anew, "", anew, anew, "", anew])


class Machine(unittest.TestCase):
    def test_the_version_of_llama_is_that_of_the_build(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("llama.cpp", "llama_cpp_python-0.1"):
                pathlib.Path(folder, name).mkdir()
            pathlib.Path(folder, "llama.cpp/whole").write_text("0.2\n")
            self.assertEqual(machine.llama_version(folder), "in llama_cpp_python-0.2")


class Scripts(unittest.TestCase):
    def test_those_that_need_the_peers_compile(self):
        paths = sorted(FOLDER.glob("*.py"))
        self.assertIn(FOLDER / "peer_torch.py", paths)
        for path in paths:
            compile(path.read_text(), str(path), "exec")


class Picture(unittest.TestCase):
    def test_has_a_bar_for_each_contestant_of_a_type(self):
        bars = picture.bars_of(record(), DECODE, "f32")
        self.assertEqual([peer for peer, _ in bars], ["gpt2run", "llama.cpp", "PyTorch"])
        self.assertAlmostEqual(bars[0][1], 0.9 * report.highest_limit(record(), DECODE, "f32"))
        self.assertEqual(picture.bars_of(record(), DECODE, "bf16"), [])

    def test_the_limit_is_that_of_the_fastest_instructions(self):
        found = record()
        for one in found["rounds"]:
            one["limits"]["gpt2run int8"]["prefill_512"]["amx_int8"] = 8e12
            one["limits"]["gpt2run bf16"] = limits(30e9)  # without a dot of bfloat16
        prefill = METRICS["prefill_512"]
        for dtype, rate in [("int8", 8e12), ("bf16", 4e11)]:
            self.assertAlmostEqual(report.highest_limit(found, prefill, dtype),
                                   512 * rate / costs.prefill_operations(SHAPE, 512))

    def test_is_a_png(self):
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            self.skipTest("matplotlib is not here")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "picture.png"
            picture.write(record(), path)
            self.assertEqual(path.read_bytes()[:4], b"\x89PNG")


if __name__ == "__main__":
    unittest.main()
