"""scripts/download_model.sh against a local HTTP server that does what servers and lines do."""
import hashlib
import http.server
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "scripts" / "download_model.sh"
HTML = b"<!DOCTYPE html><html><body>Sign in to the network</body></html>"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves server.files; server.faults says what goes wrong with a file."""

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        self.answer(with_body=True)

    def answer(self, with_body):
        fault = self.server.faults.get(self.path, {})
        body = self.server.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        if with_body:
            body = fault.get("body", body)
        start = 0
        if self.headers.get("Range") and not fault.get("no_ranges"):
            start = int(self.headers["Range"].split("=")[1].split("-")[0])
        if start and start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(fault.get("claims", len(body) - start)))
        self.end_headers()
        if not with_body:
            return
        cuts = fault.get("cuts", [])
        self.wfile.write(body[start:start + cuts.pop(0)] if cuts else body[start:])


class DownloadModel(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gpt2run test "))
        self.addCleanup(shutil.rmtree, self.folder)
        self.output = self.folder / "models with space"
        self.contents = {
            "checkpoint": b"model_checkpoint_path: \"model.ckpt\"\n",
            "hparams.json": b"{}\n",
            "model.ckpt.index": bytes(range(256)) * 20,
            "model.ckpt.data-00000-of-00001": os.urandom(300000),
        }
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.files = {f"/tiny/{name}": data for name, data in self.contents.items()}
        self.server.faults = {}
        self.server.requests = []
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.write_table()

    def write_table(self, data_bytes=300000):
        index = self.contents["model.ckpt.index"]
        rows = [("checkpoint", "-", "-"), ("hparams.json", "-", "-"),
                ("model.ckpt.index", len(index), hashlib.sha256(index).hexdigest()),
                ("model.ckpt.data-00000-of-00001", data_bytes, "-")]
        text = "# comment\n" + "".join(f"tiny\t{a}\t{b}\t{c}\n" for a, b, c in rows)
        (self.folder / "table.tsv").write_text(text)

    def run_script(self, *arguments):
        return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, check=False)

    def download(self):
        url = f"http://127.0.0.1:{self.server.server_port}/"
        return self.run_script("tiny", "--output", self.output, "--base-url", url,
                               "--table", self.folder / "table.tsv")

    def fault(self, name, **what):
        self.server.faults[f"/tiny/{name}"] = what

    def gets(self, name):
        return [range_ for path, range_ in self.server.requests if path == f"/tiny/{name}"]

    def assert_complete(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        found = {path.name: path.read_bytes() for path in self.output.iterdir()}
        self.assertEqual(found, self.contents)

    def assert_fails(self, result, name, message):
        """One line that names the cause, and nothing under the file's own name."""
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(message, result.stderr.splitlines()[-1])
        self.assertFalse((self.output / name).exists())

    def test_fetches_all_files_with_a_line_each(self):
        result = self.download()
        self.assert_complete(result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.splitlines()), 5, result.stderr)

    def test_fetches_nothing_that_is_there(self):
        self.assert_complete(self.download())
        self.server.requests.clear()
        self.assert_complete(self.download())
        self.assertEqual(self.server.requests, [])

    def test_fetches_anew_what_is_there_with_another_size_or_checksum(self):
        self.assert_complete(self.download())
        (self.output / "hparams.json").write_bytes(b"{")
        (self.output / "model.ckpt.index").write_bytes(bytes(256) * 20)
        self.server.requests.clear()
        self.assert_complete(self.download())
        self.assertEqual(len(self.server.requests), 2)

    def test_goes_on_after_cut_connections(self):
        data = "model.ckpt.data-00000-of-00001"
        self.fault(data, cuts=[100000, 50000])
        self.assert_complete(self.download())
        self.assertEqual(self.gets(data), [None, "bytes=100000-", "bytes=150000-"])

    def test_goes_on_with_the_part_of_an_earlier_run(self):
        data = "model.ckpt.data-00000-of-00001"
        self.output.mkdir()
        (self.output / (data + ".part")).write_bytes(self.contents[data][:200000])
        self.assert_complete(self.download())
        self.assertEqual(self.gets(data), ["bytes=200000-"])

    def test_a_whole_part_of_an_earlier_run_needs_only_its_name(self):
        data = "model.ckpt.data-00000-of-00001"
        self.output.mkdir()
        (self.output / (data + ".part")).write_bytes(self.contents[data])
        self.assert_complete(self.download())
        self.assertEqual(self.gets(data), [])

    def test_begins_anew_when_the_resumed_file_is_wrong(self):
        self.output.mkdir()
        (self.output / "model.ckpt.index.part").write_bytes(b"something else")
        self.assert_complete(self.download())
        self.assertEqual(self.gets("model.ckpt.index"), ["bytes=14-", None])

    def test_a_part_that_is_too_long_is_dropped(self):
        self.output.mkdir()
        (self.output / "model.ckpt.index.part").write_bytes(bytes(6000))
        self.assert_complete(self.download())

    def test_a_server_without_ranges_sends_the_whole_file_again(self):
        data = "model.ckpt.data-00000-of-00001"
        self.fault(data, cuts=[100000], no_ranges=True)
        self.assert_complete(self.download())
        self.assertEqual(self.gets(data)[-1], None)

    def test_gives_up_when_nothing_comes_any_more(self):
        data = "model.ckpt.data-00000-of-00001"
        self.fault(data, cuts=[1000, 0, 0, 0, 0, 0])
        self.assert_fails(self.download(), data, "1000 of 300000 bytes")
        self.assert_complete(self.download())

    def test_a_file_that_is_not_there_is_named(self):
        del self.server.files["/tiny/hparams.json"]
        self.assert_fails(self.download(), "hparams.json", "404")
        self.assertEqual(self.server.requests, [])

    def test_a_wrong_size_is_refused_before_anything_is_fetched(self):
        self.write_table(data_bytes=300001)
        result = self.download()
        self.assert_fails(result, "model.ckpt.data-00000-of-00001", "expected 300001 bytes")
        self.assertEqual(self.server.requests, [])

    def test_a_body_of_another_size_is_refused(self):
        data = "model.ckpt.data-00000-of-00001"
        for body in (self.contents[data][:-1], self.contents[data] + b"x"):
            self.fault(data, body=body)
            self.assert_fails(self.download(), data, "expected 300000 bytes")

    def test_a_wrong_checksum_is_refused(self):
        self.fault("model.ckpt.index", body=bytes(5120))
        self.assert_fails(self.download(), "model.ckpt.index", "expected sha256")

    def test_a_web_page_is_refused(self):
        self.server.files["/tiny/hparams.json"] = HTML
        self.assert_fails(self.download(), "hparams.json", "found a web page")

    def test_the_disk_is_looked_at_first(self):
        self.write_table(data_bytes=10**17)
        self.fault("model.ckpt.data-00000-of-00001", claims=10**17)
        self.assert_fails(self.download(), "checkpoint", "are free on this disk")
        self.assertEqual(self.server.requests, [])

    def test_no_server_is_an_error_in_one_line(self):
        result = self.run_script("tiny", "--output", self.output, "--base-url",
                                 "http://127.0.0.1:1", "--table", self.folder / "table.tsv")
        self.assert_fails(result, "checkpoint", "Failed to connect")
        self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_usage_errors(self):
        for arguments in ([], ["125M"], ["124M", "355M"], ["--fast", "124M"], ["124M", "--output"]):
            self.assertEqual(self.run_script(*arguments).returncode, 2, arguments)
        self.assertEqual(self.run_script("--help").returncode, 0)

    def test_the_table_names_seven_files_of_each_size(self):
        table = SCRIPT.parent / "model_files.tsv"
        rows = [line.split("\t") for line in table.read_text().splitlines() if line[0] != "#"]
        for size in ("124M", "355M", "774M", "1558M"):
            self.assertEqual(len({row[1] for row in rows if row[0] == size}), 7)
        for row in rows:
            self.assertRegex("\t".join(row), r"^\d+M\t[\w.-]+\t(-|\d+)\t(-|[0-9a-f]{64})$")


if __name__ == "__main__":
    if shutil.which("curl") is None:
        print("SKIPPED download_model: curl is not installed")
        sys.exit(0)
    unittest.main()
