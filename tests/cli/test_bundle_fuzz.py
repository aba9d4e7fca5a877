"""No bundle breaks, blocks or runs anything: mutations of a valid one, and random bytes."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import inspect
import io
import json
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpdiag import model
from mpdiag.cli import main
from mpdiag.codec import Mask
from mpdiag.model import (
    Cause,
    Certainty,
    Fingerprint,
    Frame,
    Hang,
    History,
    Inputs,
    Moment,
    Neighbour,
    Occurrence,
    Origin,
    Part,
    Passing,
    ProcessMoment,
    Shrunk,
    Snapshot,
    Task,
    ThreadMoment,
    Verdict,
    Wait,
    Worker,
)
from mpdiag.store import Wanted, write_bundle
from mpdiag.store._masked import bytes_in, without_bytes
from store.samples import START, crash, failure, fault, run_of

CANARY = "canary"
# Loaded, it makes a folder in the current one; read, it is a name and a text.
PICKLE = b"cos\nmkdir\n(S'" + CANARY.encode() + b"'\ntR."
HEALTH = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
Change = tuple[int, int, object]


def hang() -> Hang:
    """Return a hang with all that one can have."""
    frame = Frame(file="/srv/job/x.py", line=3, function="f", source="lock.acquire()", column=0)
    thread = ThreadMoment(tid=7, main=True, state="S", frames=(frame,), wait=Wait(call="futex"))
    process = ProcessMoment(pid=7, parent=1, role="worker", worker=Worker(pid=7), threads=(thread,))
    verdict = Verdict(
        cause=Cause.DEADLOCK, certainty=Certainty.LIKELY, headline="stuck", fix="wait"
    )
    return Hang(
        fingerprint=Fingerprint("00112233aabbccdd"),
        task=Task(target="job.f", label="Process"),
        worker=Worker(pid=7, number=1),
        verdict=verdict,
        inputs=Inputs(values={"x": Snapshot(text="1", type="int")}),
        at=START,
        stuck_for=60.0,
        trace=(frame,),
        pids=(7, 8),
        moment=Moment(at=START, processes=(process,)),
    )


def task_with_pickles() -> Occurrence:
    """Return a failure that has bytes wherever it can have some."""
    first = failure(encoded=PICKLE)
    beside = Neighbour(inputs=replace(first.inputs, callee=PICKLE), label="Pool.map", index=3)
    return replace(
        first,
        previous=beside,
        running=(beside,),
        inputs=replace(first.inputs, callee=PICKLE),
        history=History(
            tasks=3,
            parts=(Part(length=0, ran=3),),
            initializer=PICKLE,
        ),
    )


@cache
def bundles() -> tuple[bytes, ...]:
    """Return the lines of a bundle of each kind of fault, with canaries for pickles."""
    task = Task(target="parse.parse", index=1)
    kept = Inputs(encoded=PICKLE, encoding="pickle")
    passing = (Passing(task=task, inputs=kept, running=(Neighbour(inputs=kept),)),)
    origin = Origin(cwd="/srv/job", argv=("parse.py",), path=("/srv/job",))
    smaller = Inputs(encoded=PICKLE, encoding="pickle")
    shrunk = Shrunk(inputs=smaller, size=1, size_before=9, calls=3, occurrence=1, is_least=True)
    made = []
    for first in (task_with_pickles(), crash(), hang()):
        one = fault("k7f2", 1, first, first, count=9)
        if first.kind == "failure":
            one = replace(one, shrunk=shrunk)
        run = replace(run_of("k7f2"), origins={"8100": origin}, sources={"/srv/job/x.py": "0" * 64})
        file = io.BytesIO()
        samples = passing if first.kind == "failure" else ()
        write_bundle(file, one, run, samples, Wanted(mask=Mask(), secrets=True))
        made.append(gzip.decompress(file.getvalue()))
    return tuple(made)


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], bool]:
    """A function that takes a bundle through all commands, and tells whether it was taken in."""
    monkeypatch.chdir(tmp_path)

    def act(content: bytes) -> bool:
        shutil.rmtree(".mpdiag", ignore_errors=True)
        Path("fault.mpdiag").write_bytes(content)
        done = mpdiag("import", "fault.mpdiag")
        if done:
            assert done == 1
            assert not Path(".mpdiag").exists()
        else:
            for words in ("ls", "show", "ls --json", "show --json", "export -o again.mpdiag"):
                assert mpdiag(*words.split()) in {0, 1}
        assert not Path(CANARY).exists()
        return done == 0

    return act


def mpdiag(*words: str) -> int:
    """Return the exit code of a command; a traceback or an escape sequence fails the test."""
    result = CliRunner().invoke(main, words)
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert "a fault of mpdiag itself" not in result.stderr, result.stderr
    said = result.stdout + result.stderr
    assert all(char.isprintable() or char == "\n" for char in said), words
    return result.exit_code


def places(plain: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container in *plain* with each of its keys."""
    keys = list(plain) if isinstance(plain, dict) else range(len(plain))
    for key in keys:
        yield plain, key
        if isinstance(plain[key], dict | list):
            yield from places(plain[key])


def like(old: object, new: object) -> object:
    """Return *new* as the type of *old*, so that no look at types refuses it."""
    match old:
        case str():
            return new if isinstance(new, str) else str(new)
        case bool() | None | dict() | list():
            return old
        case int():
            return new if type(new) is int else len(str(new))
        case _:
            return float(len(str(new))) if not isinstance(new, float) else new


def changed(lines: bytes, changes: list[Change]) -> bytes:
    """Return a bundle with values replaced, removed or repeated wherever *changes* say."""
    parts = [json.loads(line) for line in lines.splitlines()]
    for number, how, value in changes:
        known = list(places(parts))
        if not known:
            break
        inside, key = known[number % len(known)]
        match how, inside:
            case 0, _:
                del inside[key]
            case 1, list():
                inside.append(inside[key])
            case 2, dict():
                inside[str(value)] = inside[key]
            case 3 | 4, _:
                inside[key] = value
            case _:
                inside[key] = like(inside[key], value)
    ends = [one for one in parts if isinstance(one, dict) and one.get("part") == "end"]
    if ends and type(ends[-1].get("parts")) is int:
        ends[-1]["parts"] = len(parts) - 1
    # Python writes NaN and numbers of any size, as a hostile program would.
    return gzip.compress(b"".join(json.dumps(one).encode() + b"\n" for one in parts), 1)


NUMBERS = st.sampled_from(
    [-1, 0, 1, 2**31, 2**53, 2**63 - 1, -(2**63), 2**64, 10**400, 1e308, -0.0]
)
TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "",
        "\x1b[2J",
        "\ud800",
        "../../etc/passwd",
        "k7f2.1",
        "pickle",
        "task",
        "failure",
        "x" * 70_000,
    ]
)
SIMPLE = st.none() | st.booleans() | NUMBERS | st.floats() | st.integers() | TEXTS
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 12), VALUES), min_size=1, max_size=4
)
FLIPS = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=12)
KIND = st.integers(0, 2)


def flipped(content: bytes, flips: list[tuple[int, int]], end: int | None) -> bytes:
    """Return *content* with some bytes changed, and cut off at *end*."""
    whole = bytearray(content)
    for position, value in flips:
        whole[position % len(whole)] = value
    return bytes(whole[:end])


@pytest.mark.parametrize("kind", range(3))
def test_what_is_not_changed_is_taken_in(check: Callable[[bytes], bool], kind: int) -> None:
    """The bundles that the tests below spoil are good ones."""
    assert check(gzip.compress(bundles()[kind]))


def test_no_bytes_leave_that_may_not() -> None:
    """Wherever a fault has bytes, of its own task or of others, none go with --without-values."""
    first, file = task_with_pickles(), io.BytesIO()
    write_bundle(
        file,
        fault("k7f2", 1, first, first),
        run_of("k7f2"),
        (Passing(task=Task(target="parse.parse"), inputs=first.inputs),),
        Wanted(mask=Mask(), values=False),
    )
    text = gzip.decompress(file.getvalue())
    assert base64.b64encode(PICKLE) in b"".join(bundles())
    assert base64.b64encode(PICKLE) not in text
    assert b"{'this': 7}" not in text


def test_no_field_of_bytes_is_forgotten() -> None:
    """Whatever fields the model has: what is stripped has no bytes left."""
    whole = task_with_pickles()
    assert len(list(bytes_in(whole))) > 5
    assert list(bytes_in(without_bytes(whole))) == []
    kinds = [one for one in vars(model).values() if inspect.isclass(one)]
    forgotten = [
        f"{kind.__name__}.{field.name}"
        for kind in filter(dataclasses.is_dataclass, kinds)
        for field in dataclasses.fields(kind)
        if str(field.type).startswith("bytes") and field.default is dataclasses.MISSING
    ]
    assert forgotten == []


def test_a_secret_beside_a_task_keeps_its_bytes_back() -> None:
    """One that is in the inputs of another task, of which a fault has the bytes, too."""
    secret = pickle.dumps({"password": "hunter2"})
    first = failure(encoded=b"\x80\x04N.")
    beside = Neighbour(inputs=Inputs(encoded=secret, encoding="pickle"))
    for one in (
        replace(first, previous=beside),
        replace(first, running=(beside,)),
        replace(first, history=History(tasks=1, initializer=secret)),
        replace(first, inputs=replace(first.inputs, callee=secret)),
        replace(first, history=History(tasks=1, packed=b"no zlib")),
    ):
        file = io.BytesIO()
        write_bundle(file, fault("k7f2", 1, one), run_of("k7f2"), (), Wanted(mask=Mask()))
        said = b"the pickles of 1 task: one "
        text = gzip.decompress(file.getvalue())
        assert said in text
        assert base64.b64encode(secret) not in text
        assert b'"part":"payload"' not in text


def test_the_canary_sings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded, the pickle in them does make a folder."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(PICKLE)
    assert Path(CANARY).is_dir()


def fuzz(examples: int) -> Callable[[Any], Any]:
    """Return settings for so many examples."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=HEALTH)


def any_values(check: Callable[[bytes], bool], kind: int, changes: list[Change]) -> None:
    """Any value in the place of any other."""
    check(changed(bundles()[kind], changes))


def any_bytes(
    check: Callable[[bytes], bool], kind: int, flips: list[tuple[int, int]], end: int | None
) -> None:
    """Any bytes in the place of others, in the file and in what it unpacks to."""
    check(gzip.compress(flipped(bundles()[kind], flips, end), 1))
    check(flipped(gzip.compress(bundles()[kind]), flips, end))


def any_file(check: Callable[[bytes], bool], content: bytes) -> None:
    """Any file, packed and as it is."""
    check(content)
    check(gzip.compress(content))


ENDS = st.none() | st.integers(0, 20_000)
FUZZ: dict[str, tuple[Callable[..., None], dict[str, Any], int]] = {
    "values": (any_values, {"kind": KIND, "changes": CHANGES}, 25),
    "bytes": (any_bytes, {"kind": KIND, "flips": FLIPS, "end": ENDS}, 10),
    "files": (any_file, {"content": st.binary(max_size=2000)}, 10),
}


@pytest.mark.parametrize("name", FUZZ)
def test_no_bundle_breaks_a_command(check: Callable[[bytes], bool], name: str) -> None:
    """It is taken in or refused; what was taken in is shown; nothing of it has run."""
    act, given_, examples = FUZZ[name]
    fuzz(examples)(given(**given_)(lambda **drawn: act(check, **drawn)))()


@pytest.mark.wide
@pytest.mark.parametrize("name", FUZZ)
def test_no_bundle_breaks_a_command_at_length(check: Callable[[bytes], bool], name: str) -> None:
    """The same, with many more of them."""
    act, given_, examples = FUZZ[name]
    fuzz(5 * examples)(given(**given_)(lambda **drawn: act(check, **drawn)))()
