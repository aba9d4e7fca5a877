"""When a hang is told: decided from a clock, recorder files and judgements that a test hands in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mpdiag import codec
from mpdiag.model import Cause, Certainty, Moment, Stuck, Verdict
from mpdiag.recorder import Kind, Recorder, State, Word
from mpdiag.runner import Alarm, Asker, Watchdog


def stuck(level: str = "stuck", cause: Cause = Cause.DEADLOCK, pid: int = 0) -> Stuck:
    """Return a trouble of this process, or of *pid*."""
    verdict = Verdict(cause=cause, certainty=Certainty.PROVEN, headline=cause.value)
    return Stuck(level=level, verdict=verdict, pids=(pid or os.getpid(),))  # type: ignore[arg-type]


@dataclass
class Scene:
    """A run whose clock and judgement belong to the test; this process is its only worker."""

    folder: Path
    now: float = 1000.0
    found: Sequence[Stuck] = ()
    looks: int = 0
    watchdog: Watchdog = field(init=False)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self.recorder = Recorder(str(self.folder), kind=Kind.POOL, number=1)
        self.recorder.mark(job=0, part=0, method=2, base=0, size=0, call=1)
        asker = Asker(folder=self.folder, program=0, mask=codec.Mask(()))
        self.watchdog = Watchdog(
            asker,
            hang_after=60.0,
            clock=lambda: self.now,
            look=self._look,
            judge=lambda _now, _before: self.found,
        )

    def _look(self, _asker: Asker) -> Moment:
        self.looks += 1
        return Moment(at=self.now, processes=())

    def wait(self, seconds: float, each: Callable[[], None] = lambda: None) -> list[Alarm]:
        """Let time pass, a second after the other, and return what was said."""
        said = []
        for _ in range(round(seconds)):
            self.now += 1.0
            each()
            alarm = self.watchdog.tick()
            if alarm is not None:
                said.append(alarm)
        return said

    def progress(self) -> None:
        """Have the worker go on to its next task."""
        self.recorder.words[Word.OFFSET] += 1


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A run that uses no processor time."""
    monkeypatch.setattr("mpdiag.runner._pulse._cpu_of", lambda _pid: 0.0)
    monkeypatch.setattr("mpdiag.runner._pulse.descendants", lambda _pid: ())
    scene = Scene(tmp_path)
    yield scene
    close(scene.recorder)


def close(recorder: Recorder) -> None:
    """Let go of the mapped file, as only the end of a worker does."""
    recorder.ring.release()
    recorder.words.release()
    recorder.map.close()


def test_a_hang_is_told_after_its_time(scene: Scene) -> None:
    """Nothing before the limit, one report soon after it, then nothing for minutes."""
    scene.found = (stuck(),)
    assert scene.wait(59) == []
    (alarm,) = scene.wait(200)
    assert alarm.full == (stuck(),)
    assert alarm.since_report is None
    assert 60 <= alarm.quiet <= 63


def test_reminders_come_after_5_and_30_minutes_then_hourly(scene: Scene) -> None:
    """A reminder has only what changed: here nothing."""
    scene.found = (stuck(),)
    scene.wait(70)
    begun = scene.now
    said = scene.wait(4 * 3600)
    assert all(alarm.full == () and alarm.lines == () for alarm in said)
    at = [alarm.since_report or 0.0 for alarm in said]
    assert [round(one / 60) for one in at] == [5, 30, 90, 150, 210]
    assert scene.now - begun == 4 * 3600


def test_a_reminder_tells_what_is_new(scene: Scene) -> None:
    """A trouble that came after the first report is told in full at the next."""
    scene.found = (stuck(),)
    scene.wait(70)
    scene.found = (stuck(), stuck(cause=Cause.STOPPED))
    (alarm,) = scene.wait(300)
    assert alarm.full == (stuck(cause=Cause.STOPPED),)


def test_who_makes_progress_is_left_alone(scene: Scene) -> None:
    """Tasks that go on are never looked at, whatever a judgement would say."""
    scene.found = (stuck(),)
    assert scene.wait(600, each=scene.progress) == []
    assert scene.looks == 0


def test_that_it_moves_again_is_said(scene: Scene) -> None:
    """After a report the next progress is one line; after that the time begins anew."""
    scene.found = (stuck(),)
    assert len(scene.wait(70)) == 1
    scene.progress()
    (alarm,) = scene.wait(50)
    assert alarm.moves_again
    assert len(scene.wait(30)) == 1


def test_processor_time_is_no_hang(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While any process of the run computes, nothing is told in full but a loop."""
    monkeypatch.setattr("mpdiag.runner._pulse._cpu_of", lambda _pid: scene.now)
    scene.found = (stuck(), stuck("slow", Cause.UNKNOWN))
    (alarm,) = scene.wait(62)
    assert alarm.full == ()
    assert alarm.lines == scene.found
    scene.found = (stuck(cause=Cause.BUSY_WAIT),)
    (alarm,) = scene.wait(62)
    assert alarm.full == scene.found


def test_what_was_a_line_may_become_a_report(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told in one line while another process computes, a hang is told in full once it is one."""
    scene.found = (stuck(),)
    monkeypatch.setattr("mpdiag.runner._pulse._cpu_of", lambda _pid: scene.now)
    (alarm,) = scene.wait(62)
    assert (alarm.full, alarm.lines) == ((), scene.found)
    end = scene.now
    monkeypatch.setattr("mpdiag.runner._pulse._cpu_of", lambda _pid: end)
    (alarm,) = scene.wait(200)
    assert (alarm.full, alarm.lines) == (scene.found, ())


def test_a_sleeping_program_is_nobodys_business(scene: Scene) -> None:
    """With idle workers, no line is written about a main program that waits for something."""
    scene.recorder.words[Word.STATE] = State.WAITING
    scene.found = (stuck("waiting", Cause.UNKNOWN),)
    assert scene.wait(600) == []


def test_one_quiet_worker_among_busy_ones_is_a_line(scene: Scene) -> None:
    """A task that takes long beside others that go on is told once, in one line."""
    other = Recorder(str(scene.folder), kind=Kind.POOL, number=2)
    other.mark(job=0, part=1, method=2, base=0, size=0, call=1)

    def move() -> None:
        other.words[Word.OFFSET] += 1

    scene.found = (stuck("slow", Cause.UNKNOWN),)
    alarms = scene.wait(300, each=move)
    assert [alarm.lines for alarm in alarms] == [scene.found]
    assert all(alarm.full == () for alarm in alarms)
    close(other)


def test_what_is_slow_is_told_once_for_each_task(scene: Scene) -> None:
    """However often others move, and in whatever words it is found again, it is one line."""
    other = Recorder(str(scene.folder), kind=Kind.POOL, number=2)
    other.mark(job=0, part=1, method=2, base=0, size=0, call=1)
    seconds = 0

    def move() -> None:
        nonlocal seconds
        seconds += 1
        scene.found = (stuck("slow", Cause.LOOP if seconds % 2 else Cause.LOOP_IN_C),)
        if seconds % 10 == 0:
            other.words[Word.OFFSET] += 1

    assert len(scene.wait(1000, each=move)) == 1
    scene.progress()
    assert len(scene.wait(100, each=move)) == 1
    close(other)


def test_a_loop_is_among_the_last_words(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that was told of as slow, and is not over, is told of when the run is ended."""
    monkeypatch.setattr("mpdiag.runner._pulse._cpu_of", lambda _pid: scene.now)
    scene.found = (stuck("slow", Cause.LOOP),)
    scene.wait(70)
    alarm = scene.watchdog.last_words()
    assert alarm is not None
    assert [one.stuck for one in alarm.loops] == list(scene.found)
    scene.progress()
    scene.wait(2)
    assert scene.watchdog.last_words() is None


def test_a_hang_is_told_soon_after_the_processor_stands(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who computed for ten seconds after the last task is told of ten seconds later, not sixty."""
    end = scene.now + 10
    monkeypatch.setattr("mpdiag.runner._pulse._cpu_of", lambda _pid: min(scene.now, end))
    scene.found = (stuck(),)
    alarms = scene.wait(75)
    assert [alarm.full for alarm in alarms if alarm.full] == [scene.found]


def test_idle_workers_do_not_count(scene: Scene) -> None:
    """A run without a judgement, whose workers wait for tasks, has nothing said about it."""
    scene.recorder.words[Word.STATE] = State.WAITING
    assert scene.wait(600) == []


def test_nothing_is_looked_at_without_workers(scene: Scene) -> None:
    """A program that starts no worker is never asked for its stacks."""
    Path(scene.recorder.path).unlink()
    scene.found = (stuck(),)
    assert scene.wait(300) == []
    assert scene.looks == 0


def test_last_words_need_no_report(scene: Scene) -> None:
    """A run that is ended before the limit says what stood still, from the moment that was kept."""
    scene.found = (stuck(),)
    scene.wait(10)
    alarm = scene.watchdog.last_words()
    assert alarm is not None
    assert alarm.full == scene.found
    assert scene.looks == 1


def test_last_words_are_not_about_the_past(scene: Scene) -> None:
    """What has moved since is not told."""
    scene.found = (stuck(),)
    scene.wait(10)
    scene.progress()
    scene.wait(2)
    assert scene.watchdog.last_words() is None
