"""Where settings come from, which of them wins, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.errors import SettingsUnreadable, UnknownSetting, WrongSetting
from mpdiag.options import SETTINGS, Limits, Options, children_flags, from_json, load, to_json


def write(folder: Path, text: str) -> Path:
    """Return the pyproject.toml in *folder* that says *text*."""
    path = folder / "pyproject.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_settings_every_default_holds(tmp_path: Path) -> None:
    """Without any setting the options are the defaults, and the store stands in the folder."""
    write(tmp_path, "")
    settings = load({}, {}, tmp_path)
    assert settings.options == Options(store=tmp_path / ".mpdiag")
    assert set(settings.origins.values()) == {"default"}
    assert set(settings.origins) == {setting.name for setting in SETTINGS}


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    """Command line over MPDIAG_* over pyproject.toml over default, and each says so."""
    path = write(tmp_path, '[tool.mpdiag]\nvalues = "text"\nformat = "json"\nquiet = true\n')
    environ = {"MPDIAG_VALUES": "none", "MPDIAG_FORMAT": "text"}
    settings = load({"values": "full", "quiet": None, "ignore": ()}, environ, tmp_path)
    assert (settings.options.values, settings.options.format) == ("full", "text")
    assert settings.options.quiet
    assert settings.origins["values"] == "command line"
    assert settings.origins["format"] == "MPDIAG_FORMAT"
    assert settings.origins["quiet"] == str(path)
    assert settings.origins["ignore"] == "default"


def test_the_nearest_file_above_the_folder_counts(tmp_path: Path) -> None:
    """A run deep inside a project has the project's settings, paths from the project's folder."""
    write(tmp_path, '[tool.mpdiag]\nstore = "faults"\nevents = "events.jsonl"\n')
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    options = load({}, {}, deep).options
    assert options.store == tmp_path / "faults"
    assert options.events == str(tmp_path / "events.jsonl")


def test_the_store_moves_with_mpdiag_home(tmp_path: Path) -> None:
    """MPDIAG_HOME is the store's folder; the command line still wins."""
    environ = {"MPDIAG_HOME": "/srv/faults"}
    assert load({}, environ, tmp_path).options.store == Path("/srv/faults")
    assert load({"store": "here"}, environ, tmp_path).options.store == tmp_path / "here"


def test_limits_are_read_as_sizes(tmp_path: Path) -> None:
    """Sizes may be written as people write them, in the file and in the environment."""
    write(tmp_path, '[tool.mpdiag.limits]\nvalue-bytes = "64 KiB"\nfirst = 3\n')
    options = load({"limits.run_bytes": "1.5g"}, {"MPDIAG_LIMITS_PASSING": "7"}, tmp_path).options
    assert options.limits == Limits(value_bytes=64 * 1024, first=3, run_bytes=3 * 2**29, passing=7)


@pytest.mark.parametrize("text", ["keep-going = false", "keep_going = false"])
def test_a_name_may_have_a_hyphen_or_an_underscore(tmp_path: Path, text: str) -> None:
    """The file may spell a name as the command line does."""
    write(tmp_path, f"[tool.mpdiag]\n{text}\n")
    assert not load({}, {}, tmp_path).options.keep_going


def test_an_unknown_name_is_an_error_with_the_nearest_known_one(tmp_path: Path) -> None:
    """A misspelt setting ends with exit code 2 and says what was probably meant."""
    path = write(tmp_path, "[tool.mpdiag]\nkeep-goin = true\n")
    with pytest.raises(UnknownSetting) as caught:
        load({}, {}, tmp_path)
    assert str(caught.value) == (
        f"[tool.mpdiag] of {path} sets keep-goin, which mpdiag does not know; "
        "did you mean keep_going?"
    )
    assert caught.value.exit_code == 2
    assert caught.value.remedy


def test_an_unknown_name_like_no_other_lists_all(tmp_path: Path) -> None:
    """Where nothing is near, the message lists what there is."""
    write(tmp_path, "[tool.mpdiag]\nxyzzy = 1\n")
    with pytest.raises(UnknownSetting, match=r"the settings are store, values, "):
        load({}, {}, tmp_path)


def test_a_misspelt_variable_is_an_error_and_a_foreign_one_is_not(tmp_path: Path) -> None:
    """MPDIAG_VALUE is a slip; MPDIAG_RUN and what another version may read are not ours."""
    with pytest.raises(UnknownSetting, match=r"did you mean MPDIAG_VALUES\?"):
        load({}, {"MPDIAG_VALUE": "none"}, tmp_path)
    load({}, {"MPDIAG_RUN": "/x", "MPDIAG_FLAGS": "", "MPDIAG_TELEPATHY": "1"}, tmp_path)


WRONG: list[tuple[str, object]] = [
    ("values", "ful"),
    ("keep_going", "perhaps"),
    ("format", "xml"),
    ("exit_code_on_fault", 256),
    ("exit_code_on_fault", True),
    ("ignore", 3),
    ("ignore", "not a type"),
    ("secret_names", [1]),
    ("events", "fd:x"),
    ("store", ""),
    ("limits.value_bytes", "64 parsecs"),
    ("limits.first", -1),
    ("limits.first", 1.5),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_says_where_it_stands_and_what_is_allowed(
    tmp_path: Path, name: str, value: object
) -> None:
    """The message names the setting, the place, the value and what it must be."""
    with pytest.raises(WrongSetting) as caught:
        load({name: value}, {}, tmp_path, called="watch()")
    assert str(caught.value).startswith(f"{name} must be ")
    assert f"but watch() sets it to {str(value)!r}" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text", ["tool = 3\nmpdiag = 1", "[tool]\nmpdiag = 1\n", "[tool.mpdiag]\nlimits = 1\n", "[["]
)
def test_a_broken_file_never_ends_in_a_traceback(tmp_path: Path, text: str) -> None:
    """Whatever stands in pyproject.toml: settings, or one of our own errors."""
    write(tmp_path, text)
    if text.startswith("tool"):
        load({}, {}, tmp_path)
        return
    with pytest.raises((SettingsUnreadable, WrongSetting)):
        load({}, {}, tmp_path)


def test_children_get_the_resolved_values(tmp_path: Path) -> None:
    """Some flags travel in the environment, and all options survive as JSON."""
    given = {"values": "text", "keep_going": False, "ignore": "TimeoutError, a.B"}
    options = load(given, {}, tmp_path).options
    assert children_flags(options).split(",") == [
        *("keep_going=0", "values=text", "log_context=0", "capture_fd=0", "record_random=0"),
        *("passing=2000", f"passing_bytes={64 << 20}"),
    ]
    assert from_json(to_json(options)) == options
    assert from_json('{"future": 1}') == Options()
