"""Tests of the rendered module; the Go test beside it renders it, starts what it talks to and runs this."""
import _thread
import ast
import ctypes
import email.utils
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

from backend.core import auto_esc_config as config

# urllib leaves connections that failed while opening to the garbage collector.
warnings.filterwarnings("ignore", "unclosed", ResourceWarning)

CASES = json.loads(Path(os.environ["ACCESS_CASES"]).read_text(encoding="utf-8"))


class World:
    """A source and a clock that a script changes."""

    def __init__(self):
        self.source, self.down, self.now, self.fetches = {}, "", 0.0, 0

    def fetch(self):
        self.fetches += 1
        if self.down:
            raise config.UnavailableError(self.down)
        return dict(self.source)

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
        for down in "", "down in the test":
            with self.subTest(down):
                fetches, results, started = [], [], []

                def fetch(down=down):
                    fetches.append(1)
                    while len(started) < 16:
                        time.sleep(0.01)
                    time.sleep(0.5)  # and each of them reads
                    if down:
                        raise config.UnavailableError(down)
                    return {"a": "1"}

                def read():
                    started.append(1)
                    try:
                        results.append(reader.get("a", config._NO_DEFAULT))
                    except config.UnavailableError as error:
                        results.append(str(error))

                reader = self.reader(fetch)
                run_all([read] * 16)
                self.assertEqual(len(fetches), 1)
                self.assertEqual(set(results), {down or "1"})
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
            "    time.sleep(0.5 if os.getpid() == parent else 0)",
            "    return {'a': '1'}",
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


    def test_a_fetch_that_hangs_is_given_up(self):
        release, fetches = threading.Event(), []

        def fetch():
            fetches.append(1)
            if len(fetches) == 1:
                release.wait(10)
                return {"a": "late"}
            return {"a": "1"}

        reader, errors = self.reader(fetch), []

        def read():
            with self.assertRaises(config.UnavailableError) as caught:
                reader.get("a", None)
            errors.append(str(caught.exception))

        with mock.patch.object(config, "_TIMEOUT", 0.2):
            run_all([read] * 8)
        self.assertEqual([error[:23] for error in errors], ["no answer within 0.2s: "] * 8)
        self.assertEqual(reader.get("a", None), "1")
        release.set()
        time.sleep(0.1)
        self.assertEqual(reader.get("a", None), "1", "what comes after the end does not count")

    def test_what_a_fetch_raises_is_not_quoted(self):
        def fetch():
            raise OSError(CASES["marker"])

        with self.assertRaises(config.UnavailableError) as caught:
            self.reader(fetch).get("a", "default")
        self.assertEqual(str(caught.exception), "the fetch ended with OSError: try again")
        self.assertIsNone(caught.exception.__context__)

    def test_without_a_thread_the_caller_fetches(self):
        with mock.patch.object(config._thread, "start_new_thread", side_effect=RuntimeError("can't start new thread")):
            self.assertEqual(self.reader(lambda: {"a": "1"}).get("a", None), "1")


class Interrupts(unittest.TestCase):
    """An exception from outside, while a fetch holds token and values."""

    def setUp(self):
        self.entered, self.leave = threading.Event(), threading.Event()
        self.addCleanup(self.leave.set)

        def fetch(token=CASES["token"], values={"a": CASES["marker"]}):
            self.entered.set()
            self.leave.wait(10)
            return values

        self.reader = config._Reader(fetch, 300, 3600)

    def on_alarm(self, handler):
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, handler))
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)

    def interrupted(self, kind, act):
        """Read in this thread, interrupted by act; the next read gets what the fetch brings."""
        def later():
            self.entered.wait(10)
            time.sleep(0.1)
            act()

        threading.Thread(target=later).start()
        try:
            self.reader.get("a", None)
        except kind as raised:
            shown = "".join(traceback.TracebackException.from_exception(raised, capture_locals=True).format())
        else:
            self.fail("no exception")
        for secret in CASES["marker"], CASES["token"]:
            self.assertNotIn(secret, shown)
        self.leave.set()
        self.assertEqual(self.reader.get("a", None), CASES["marker"])

    def test_keyboard_interrupt(self):
        self.interrupted(KeyboardInterrupt, lambda: os.kill(os.getpid(), signal.SIGINT))

    def test_a_handler_that_raises(self):
        def handler(*_):
            raise ZeroDivisionError

        self.addCleanup(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, handler))
        self.interrupted(ZeroDivisionError, lambda: os.kill(os.getpid(), signal.SIGTERM))

    def test_an_exception_set_from_another_thread(self):
        me = threading.get_ident()

        def act():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(me), ctypes.py_object(ZeroDivisionError))
            os.kill(os.getpid(), signal.SIGTERM)  # wakes the thread

        self.addCleanup(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, lambda *_: None))
        self.interrupted(ZeroDivisionError, act)

    def test_a_handler_that_reads(self):
        read = []
        self.on_alarm(lambda *_: read.append(self.reader.get("a", None)))
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        threading.Timer(0.4, self.leave.set).start()
        self.assertEqual(self.reader.get("a", None), CASES["marker"])
        self.assertEqual(read, [CASES["marker"]])

    def test_handlers_that_read_at_any_moment(self):
        """The first read of a new reader, interrupted by another read at each place in turn."""
        self.on_alarm(lambda *_: reader.get("a", None))
        with mock.patch.object(config, "_TIMEOUT", 0.2):
            for i in range(1000):
                reader = config._Reader(lambda: {"a": "1"}, 300, 3600)
                signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + i % 200))
                for _ in range(20):
                    try:
                        self.assertEqual(reader.get("a", None), "1")
                    except config.UnavailableError:
                        pass  # the handler met a fetch that its own thread was about to start


class Contract(unittest.TestCase):
    def test_a_key_that_is_no_string(self):
        config.configure(values={"a": "1"})
        for key in None, 1, ["a"], b"a":
            with self.assertRaisesRegex(TypeError, "^the key must be a string$"):
                config.get_config_value(key, "default")

    def test_the_keys_are_literals(self):
        self.assertEqual(config.Key.__args__, tuple(config.KEYS))

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
    """What the tests of a service share."""

    def refuses(self, words, **settings):
        """A read with these settings raises an error of one line with the words, without a value and the token."""
        reader = config._Reader(lambda: config._fetch(*map(settings.get, ("environment", "token", "api"))), 300, 3600)
        try:
            reader.get("plain", "a default")
        except config.UnavailableError as raised:
            text = str(raised)
            self.no_leak(raised)
        else:
            self.fail("no error")
        for word in words:
            self.assertIn(word, text)
        self.assertTrue(text.isprintable(), "more than a line")

    def no_leak(self, error):
        frames = error.__traceback__.tb_next  # not the test's own
        shown = "".join(traceback.TracebackException(type(error), error, frames, capture_locals=True).format())
        self.assertIsNone(error.__context__)
        for secret in CASES["marker"], CASES["token"][4:-4]:
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
                self.refuses(["no token", "PULUMI_ACCESS_TOKEN"])

    def test_a_token_that_is_none_is_not_quoted(self):
        for end in "\nx", " x", "é", "\0":
            self.refuses(["cannot stand in a header", "PULUMI_ACCESS_TOKEN"], token=CASES["token"] + end)

    def test_a_final_newline_in_the_token_is_no_part_of_it(self):
        with mock.patch.dict(os.environ, {"PULUMI_ACCESS_TOKEN": CASES["token"] + "\n"}):
            config.get_config_value("plain")

    def test_an_empty_override_changes_nothing(self):
        with mock.patch.dict(os.environ, {"ESC_ENVIRONMENT": "", "PULUMI_API": ""}):
            config.configure(api=os.environ["ACCESS_API"])
            config.get_config_value("plain")

    def test_an_environment_that_is_none(self):
        with mock.patch.dict(os.environ, {"ESC_ENVIRONMENT": "production"}):
            self.refuses(["production", "ORG/PROJECT/ENV", "ESC_ENVIRONMENT"])
        names = ["a/b/..", "a/./c", "a//c", "/a/b/c", "a/b/c/", "a/b/c\n", "a/b c/d", "a/b/c?d", "a/b/%63", "a/b/é", "{}", "a/{}\n"]
        for name in names:
            with self.subTest(name):
                words = ["the name is not of the form ORG/PROJECT/ENV", "ESC_ENVIRONMENT"]
                self.refuses(words, environment=name.format(CASES["token"]))

    def test_an_address_that_is_none(self):
        for address in "//", "https://", "https://:443", "http://[::1", "https://a:99999", "https://a b", "https://a\tb", "{}":
            with self.subTest(address):
                self.refuses(["not a web address", "PULUMI_API"], api=address.format(CASES["token"]))
        for address in "https://{}@a", "http://{}@127.0.0.1", "https://a?token={}", "https://a#{}":
            with self.subTest(address):
                self.refuses(["a user, a query or a fragment", "PULUMI_API"], api=address.format(CASES["token"]))

    def test_a_token_is_not_sent_in_clear(self):
        for address in "http://a.example/{}", "http://127.0.0.1.a.example", "ftp://127.0.0.1", "http://0.0.0.0", "http://{}":
            with self.subTest(address):
                self.refuses(["a token is sent over https alone", "use https", "PULUMI_API"], api=address.format(CASES["token"]))

    def test_this_machine_may_be_asked_in_clear(self):
        for address in "http://localhost", "http://127.0.0.1:80", "http://[::1]:80/", "HTTPS://api.pulumi.com/base":
            config._check("a/b/c", "token", address)

    def test_no_service(self):
        with mock.patch.object(config, "_PAUSES", (0.01,)):
            self.refuses(["no connection", "PULUMI_API"], api="http://127.0.0.1:1")
        self.refuses(["not a web address", "PULUMI_API"], api="file:///etc")

    def test_a_missing_key_shows_no_value(self):
        config.get_config_value("plain")
        try:
            config.get_config_value("plian")
        except config.MissingKeyError as error:
            self.assertEqual(error.nearest, ["plain"])
            self.no_leak(error)
        else:
            self.fail("no error")
        self.assertNotIn(CASES["marker"], repr(vars(config._reader)))


class Odd(Checks):
    """Services that are not Pulumi's."""

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

    def test_an_answer_that_is_too_long(self):
        for body in b" " * (16 << 20) + b"{}", b"[" + b"[]," * 500000 + b"1]":
            api, asked = self.served(lambda handler: reply(handler, 200, body))
            self.refuses(["the answer is too long", "PULUMI_API"], api=api)
            self.assertEqual(len(asked), 1)

    def test_no_value_under_the_root_key(self):
        for entry in "x", {"unknown": True, "value": "x"}, {"value": None}, {"value": []}, {}, None:
            with self.subTest(entry):
                body = answer_with({"plain": entry})
                api, _ = self.served(lambda handler: reply(handler, 200, body))
                with mock.patch.dict(os.environ, {"PULUMI_API": api}):
                    config.configure()
                    self.assertEqual(config.get_config_value("plain", "a default"), "a default")

    def test_a_pause_that_the_service_asks_for(self):
        answers, asked = [429, 200, 200], []

        def answer(handler):
            asked.append(time.monotonic())
            reply(handler, answers.pop(0), answer_with({"plain": {"value": "1"}}), **{"Retry-After": "1"})

        api, _ = self.served(answer)
        with mock.patch.object(config, "_PAUSES", (0.01,)):
            self.assertEqual(reader_of(api).get("plain", None), "1")
        self.assertGreaterEqual(asked[1] - asked[0], 0.9)

    def test_a_pause_until_a_date(self):
        seconds = config._seconds(email.utils.formatdate(time.time() + 3600, usegmt=True))
        self.assertTrue(3000 < seconds <= 3600, seconds)

    def test_a_pause_beyond_the_deadline_is_not_waited_for(self):
        api, asked = self.served(lambda handler: reply(handler, 503, b"", **{"Retry-After": "3600"}))
        self.refuses(["503", "then try again in 3600s"], api=api)
        self.assertEqual(len(asked), 1)

    def test_what_does_not_say_how_long(self):
        for text in "", " ", "soon", "-1", "1.5", "\xb2", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 99 Xyz", "1 Nov 9999999999999":
            self.assertEqual(config._seconds(text), 0.0)
        self.assertEqual(config._seconds("9" * 999), 1e9)

    def test_a_proxy_sees_no_token(self):
        api, asked = self.served(lambda handler: reply(handler, 200, answer_with({"plain": {"value": "1"}})))
        proxy = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(proxy.close)
        seen = []

        def serve():
            connection, _ = proxy.accept()
            with connection:
                seen.append(connection.recv(10000))
                try:
                    for _ in range(100):
                        connection.sendall(b"H")
                        time.sleep(0.05)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        variables = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:%d" % proxy.getsockname()[1])
        with mock.patch.dict(os.environ, variables), mock.patch.object(config, "_TIMEOUT", 1.0):
            self.assertEqual(reader_of(api).get("plain", None), "1")
            self.refuses(["no answer within 1s"], api="https://pulumi.invalid")
        for _ in range(100):  # the proxy may be slower than the deadline
            if not seen:
                time.sleep(0.05)
        self.assertTrue(seen[0].startswith(b"CONNECT pulumi.invalid:443 "))
        self.assertNotIn(CASES["token"].encode(), seen[0])

    def test_a_resolver_that_hangs(self):
        with mock.patch.object(socket, "getaddrinfo", side_effect=lambda *_, **__: time.sleep(3)):
            with mock.patch.object(config, "_TIMEOUT", 0.2):
                self.refuses(["no answer within 0.2s"], api="https://pulumi.invalid")

    def test_a_moment_of_failure_is_bridged(self):
        answers = [503, 200, 502, 200]
        body = answer_with({"plain": {"value": "1"}})
        api, asked = self.served(lambda handler: reply(handler, answers.pop(0), body))
        with mock.patch.dict(os.environ, {"PULUMI_API": api}), mock.patch.object(config, "_PAUSES", (0.01,)):
            config.configure()
            self.assertEqual(config.get_config_value("plain"), "1")
        self.assertEqual(asked, ["token " + CASES["token"]] * 4)


def reader_of(api):
    return config._Reader(lambda: config._fetch(None, None, api), 300, 3600)


def answer_with(entries):
    """The answer to both requests."""
    return json.dumps({"id": "x", "properties": {config.ROOT_KEY: {"value": entries}}}).encode()


def reply(handler, status, body, length=None, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


class Hostile(Checks):
    """Services that fail, or answer as no service should. Each has its own server."""

    def all_refuse(self, cases):
        """All at once, and none beyond the deadline, which is short for those that wait for it."""
        for slow, timeout in (True, 1.0), (False, config._TIMEOUT):
            with mock.patch.multiple(config, _TIMEOUT=timeout, _PAUSES=(0.01,)), self.subTest(slow=slow):
                self.all_refuse_at_once([case for case in cases if case["slow"] == slow])

    def all_refuse_at_once(self, cases):
        def read(case):
            start = time.monotonic()
            try:
                # Callers may give up before a slow thread has told which environment it was.
                words = case["words"] + ([] if case["slow"] else ["opening environment " + CASES["environment"]])
                self.refuses(words, api=case["api"], token=case.get("token"))
            except BaseException as error:
                return f"{case['name']}: {error!r}"
            took = time.monotonic() - start
            return f"{case['name']}: took {took:.1f}s" if took > 8 else None

        with ThreadPoolExecutor(len(cases)) as pool:
            self.assertEqual([problem for problem in pool.map(read, cases) if problem], [])

    def test_faults(self):
        self.all_refuse(CASES["faults"])

    def test_hostile_answers(self):
        before = _thread._count()
        self.all_refuse([case for case in CASES["hostile"] if not case["big"]])
        for _ in range(100):
            if _thread._count() <= before:
                return
            time.sleep(0.1)
        self.fail(f"{_thread._count() - before} fetches never end")

    def test_answers_without_an_end(self):
        """In their own process, one after the other, to measure the memory they take."""
        script = "\n".join([
            "import resource, sys, time",
            "from backend.core import auto_esc_config as config",
            "config._TIMEOUT, config._PAUSES = 1.0, ()",
            "for api in sys.argv[1:]:",
            "    try: config._Reader(lambda: config._fetch(None, None, api), 300, 3600).get('plain', 'a default')",
            "    except config.UnavailableError as error: print(error)",
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == 'linux' else 1 << 20))",
        ])
        cases = [case for case in CASES["hostile"] if case["big"]]
        command = [sys.executable, "-W", "error", "-c", script, *(case["api"] for case in cases)]
        *errors, megabytes = subprocess.run(command, check=True, capture_output=True, text=True, timeout=100).stdout.splitlines()
        self.assertEqual(len(errors), len(cases))
        for case, error in zip(cases, errors):
            with self.subTest(case["name"]):
                for word in case["words"]:
                    self.assertIn(word, error)
                for secret in CASES["marker"], CASES["token"][4:-4]:
                    self.assertNotIn(secret, error)
        self.assertLess(int(megabytes), 300)


def run_all(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    unittest.main()
