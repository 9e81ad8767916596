"""Tests of the rendered module; the Go test beside it renders it, starts what it talks to and runs this."""
import ast
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import traceback
import unittest
from pathlib import Path
from unittest import mock

from backend.core import auto_esc_config as config

CASES = json.loads(Path(os.environ["ACCESS_CASES"]).read_text(encoding="utf-8"))


class World:
    """A source and a clock that a script changes."""

    def __init__(self):
        self.source, self.down, self.now, self.fetches = {}, "", 0.0, 0

    def fetch(self):
        self.fetches += 1
        return (None, self.down) if self.down else (dict(self.source), "")

    def clock(self):
        return self.now


class Semantics(unittest.TestCase):
    def test_scripts(self):
        for script in CASES["semantics"]:
            with self.subTest(script["name"]):
                self.run_script(script)

    def run_script(self, script):
        world = World()
        fallback = script["fallback"].get if "fallback" in script else None
        reader = config._Reader(world.fetch, script.get("ttl", 300), script.get("stale", 3600), fallback, world.clock)
        for i, step in enumerate(script["steps"]):
            with self.subTest(step=i):
                self.run_step(step, world, reader)

    def run_step(self, step, world, reader):
        if "source" in step or "down" in step:
            world.source, world.down = step.get("source"), step.get("down", "")
        world.now += step.get("wait", 0)
        if "get" in step:
            self.read(step, reader)
        if "fetches" in step:
            self.assertEqual(world.fetches, step["fetches"])

    def read(self, step, reader):
        default = step.get("default", config._NO_DEFAULT)
        try:
            value, error = reader.get(step["get"], default), None
        except config.ConfigError as raised:
            value, error = None, raised
        self.assertEqual(value, step.get("value"))
        if "missing" in step:
            self.assertIsInstance(error, config.MissingKeyError)
            self.assertEqual(error.nearest, step["missing"])
        if "unavailable" in step:
            self.assertIsInstance(error, config.UnavailableError)
            self.assertIn(step["unavailable"], str(error))
        if "error" in step:
            self.assertEqual(str(error), step["error"])


class Threads(unittest.TestCase):
    def reader(self, fetch):
        return config._Reader(fetch, 300, 3600)

    def test_first_readers_share_one_fetch(self):
        for answer in ({"a": "1"}, ""), (None, "down in the test"):
            with self.subTest(works=answer[0] is not None):
                fetches, results = [], []

                def fetch(answer=answer):
                    fetches.append(1)
                    time.sleep(0.3)
                    return answer

                def read():
                    try:
                        results.append(reader.get("a", config._NO_DEFAULT))
                    except config.UnavailableError as error:
                        results.append(str(error))

                reader = self.reader(fetch)
                run_all([read] * 16)
                self.assertEqual(len(fetches), 1)
                self.assertEqual(set(results), {"1" if answer[0] else "down in the test"})
                self.assertEqual(len(results), 16)

    def test_old_values_serve_during_a_refresh(self):
        entered, leave, world = threading.Event(), threading.Event(), World()

        def fetch():
            if world.fetches:
                entered.set()
                leave.wait(10)
            return world.fetch()

        reader = config._Reader(fetch, 300, 3600, None, world.clock)
        world.source = {"a": "old"}
        self.assertEqual(reader.get("a", None), "old")
        world.source, world.now = {"a": "new"}, 301.0
        refreshed = []
        thread = threading.Thread(target=lambda: refreshed.append(reader.get("a", None)))
        thread.start()
        self.assertTrue(entered.wait(10))
        self.assertEqual(reader.get("a", None), "old")
        leave.set()
        thread.join()
        self.assertEqual(refreshed, ["new"])

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_fork_during_a_fetch_does_not_block_the_child(self):
        script = "\n".join([
            "import os, signal, sys, threading, time",
            "from backend.core import auto_esc_config as config",
            "entered = threading.Event()",
            "parent = os.getpid()",
            "def fetch():",
            "    entered.set()",
            "    time.sleep(1 if os.getpid() == parent else 0)",
            "    return {'a': '1'}, ''",
            "reader = config._Reader(fetch, 300, 3600)",
            "thread = threading.Thread(target=reader.get, args=('a', None))",
            "thread.start()",
            "entered.wait(5)",
            "child = os.fork()",
            "if child == 0: signal.alarm(5)",  # a child that is blocked must not outlive the test
            "if child == 0: os._exit(0 if reader.get('a', None) == '1' else 1)",
            "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))",
        ])
        subprocess.run([sys.executable, "-c", script], check=True, timeout=10)


class Contract(unittest.TestCase):
    def test_configured_values(self):
        config.configure(values={"a": "1"})
        self.assertEqual(config.get_config_value("a"), "1")
        self.assertIsNone(config.get_config_value("b", None))
        self.assertEqual(config.get_config_value("b", default="d"), "d")
        with self.assertRaises(config.MissingKeyError) as caught:
            config.get_config_value("b")
        self.assertIsInstance(caught.exception, LookupError)

    def test_a_key_of_the_catalog_names_its_secret(self):
        config.configure(values={})
        with self.assertRaises(config.MissingKeyError) as caught:
            config.get_config_value("vercel_api_token")
        self.assertEqual(
            str(caught.exception),
            'no value for key "vercel_api_token": secretctl status says where VERCEL_ACCESS_TOKEN got lost',
        )

    def test_errors_survive_pickling(self):
        import pickle

        error = pickle.loads(pickle.dumps(config.MissingKeyError("tokne", ["token"])))
        self.assertEqual(str(error), 'no value for key "tokne": did you mean "token"?')

    def test_the_syntax_is_that_of_3_9(self):
        ast.parse(Path(config.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))

    def test_nothing_but_the_standard_library(self):
        tree = ast.parse(Path(config.__file__).read_text(encoding="utf-8"))
        names = {a.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        names |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        standard = getattr(sys, "stdlib_module_names", names)
        self.assertLessEqual(names, set(standard) | {"__future__"})


class Checks(unittest.TestCase):
    """What the tests of a real service share."""

    def fails(self, words):
        """The words are in the error, and no value is in the traceback with its variables."""
        config.configure()
        try:
            config.get_config_value("plain", "a default")
        except config.UnavailableError as raised:
            text = str(raised)
            self.no_leak(raised)
        else:
            self.fail("no error")
        for word in words:
            self.assertIn(word, text)
        return text

    def no_leak(self, error):
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        self.assertIsNone(error.__context__)
        for secret in CASES["marker"], CASES["token"]:
            self.assertNotIn(secret, shown)


class Service(Checks):
    """Against the sandbox: the values of CASES are in the environment."""

    def setUp(self):
        config.configure()

    def test_every_value_arrives_byte_for_byte(self):
        for key, want in CASES["values"].items():
            with self.subTest(key):
                got = config.get_config_value(key)
                self.assertTrue(got == want, f"{len(got)} characters, want {len(want)}")

    def test_what_is_no_text(self):
        for key, want in CASES["scalars"].items():
            with self.subTest(key):
                self.assertEqual(config.get_config_value(key, None), want)

    def test_a_token_from_the_settings_wins(self):
        with mock.patch.dict(os.environ, {"PULUMI_ACCESS_TOKEN": "wrong"}):
            config.configure(token=CASES["token"])
            config.get_config_value("plain")

    def test_without_a_token(self):
        for token in "", " \n":
            with mock.patch.dict(os.environ, {"PULUMI_ACCESS_TOKEN": token}):
                self.fails(["no token", "PULUMI_ACCESS_TOKEN"])

    def test_a_token_that_is_none_is_not_quoted(self):
        with mock.patch.dict(os.environ, {"PULUMI_ACCESS_TOKEN": "one\ntwo"}):
            self.assertNotIn("two", self.fails(["PULUMI_ACCESS_TOKEN"]))

    def test_a_final_newline_in_the_token_is_no_part_of_it(self):
        with mock.patch.dict(os.environ, {"PULUMI_ACCESS_TOKEN": CASES["token"] + "\n"}):
            config.get_config_value("plain")

    def test_an_empty_override_changes_nothing(self):
        with mock.patch.dict(os.environ, {"ESC_ENVIRONMENT": "", "PULUMI_API": ""}):
            config.configure(api=os.environ["ACCESS_API"])
            config.get_config_value("plain")

    def test_an_environment_that_is_none(self):
        with mock.patch.dict(os.environ, {"ESC_ENVIRONMENT": "production"}):
            self.fails(["production", "ORG/PROJECT/ENV", "ESC_ENVIRONMENT"])

    def test_no_service(self):
        with mock.patch.dict(os.environ, {"PULUMI_API": "http://127.0.0.1:1"}):
            self.fails(["no connection", "PULUMI_API"])
        with mock.patch.dict(os.environ, {"PULUMI_API": "file:///etc"}):
            self.fails(["not a web address", "PULUMI_API"])

    def test_a_missing_key_shows_no_value(self):
        config.get_config_value("plain")
        with self.assertRaises(config.MissingKeyError) as caught:
            config.get_config_value("plian")
        self.assertEqual(caught.exception.nearest, ["plain"])
        self.no_leak(caught.exception)
        self.assertNotIn(CASES["marker"], repr(vars(config._reader)))


class Faults(Checks):
    """Each fault has a sandbox of its own."""

    def test_the_error_names_cause_and_remedy(self):
        for fault in CASES["faults"]:
            variables = {"PULUMI_API": fault["api"], "PULUMI_ACCESS_TOKEN": fault["token"]}
            short = mock.patch.multiple(config, _TIMEOUT=1.0, _PAUSES=(0.01,))
            with self.subTest(fault["name"]), mock.patch.dict(os.environ, variables), short:
                self.fails(fault["words"])


class Odd(Checks):
    """Services that are none of Pulumi's."""

    def served(self, answer):
        """Start a server whose requests answer answers; return its address and what was asked."""
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.headers.get("Authorization"))
                answer(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}", asked

    def fails_at(self, api, words):
        short = mock.patch.multiple(config, _TIMEOUT=1.0, _PAUSES=())
        with mock.patch.dict(os.environ, {"PULUMI_API": api}), short:
            self.fails(words)

    def test_a_redirect_is_not_followed(self):
        elsewhere, asked = self.served(lambda handler: reply(handler, 200, b"{}"))
        for status in 301, 302, 303, 307, 308:
            api, _ = self.served(lambda handler: reply(handler, status, b"", Location=elsewhere + "/"))
            self.fails_at(api, [str(status), "redirects", "PULUMI_API"])
        self.assertEqual(asked, [])

    def test_an_answer_of_a_byte_at_a_time_is_cut_off(self):
        def drip(handler):
            reply(handler, 200, b"{", length=1000)
            for _ in range(50):
                time.sleep(0.1)
                try:
                    handler.wfile.write(b" ")
                except OSError:
                    return

        api, _ = self.served(drip)
        start = time.monotonic()
        self.fails_at(api, ["no answer within 1s"])
        self.assertLess(time.monotonic() - start, 4)

    def test_answers_that_are_none(self):
        marker = CASES["marker"].encode()
        for body in b"", b"<html>" + marker, b'["' + marker + b'"]', b'"' + marker + b'"', b"[" * 100000, b"\xff\xfe":
            with self.subTest(body[:10]):
                api, _ = self.served(lambda handler: reply(handler, 200, body))
                self.fails_at(api, ["PULUMI_API"])

    def test_shapes_that_are_none(self):
        for shape in (
            {}, {"properties": []}, {"properties": {config.ROOT_KEY: "x"}}, {"properties": {config.ROOT_KEY: {"value": 1}}},
            {"properties": {config.ROOT_KEY: {"value": {"plain": "x"}}}},
            {"properties": {config.ROOT_KEY: {"value": {"plain": {"unknown": True, "value": "x"}}}}},
        ):
            with self.subTest(shape):
                api, _ = self.served(lambda handler: reply(handler, 200, json.dumps({"id": "x", **shape}).encode()))
                with mock.patch.dict(os.environ, {"PULUMI_API": api}):
                    config.configure()
                    self.assertEqual(config.get_config_value("plain", "a default"), "a default")

    def test_a_moment_of_failure_is_bridged(self):
        answers = [503, 200, 502, 200]
        body = json.dumps({"id": "x", "properties": {config.ROOT_KEY: {"value": {"plain": {"value": "1"}}}}}).encode()
        api, asked = self.served(lambda handler: reply(handler, answers.pop(0), body))
        with mock.patch.dict(os.environ, {"PULUMI_API": api}), mock.patch.object(config, "_PAUSES", (0.01,)):
            config.configure()
            self.assertEqual(config.get_config_value("plain"), "1")
        self.assertEqual(asked, ["token " + CASES["token"]] * 4)


def reply(handler, status, body, length=None, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def run_all(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    unittest.main()
