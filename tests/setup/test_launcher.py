"""The launcher's own decisions, each tried alone.

Belongs here: what `spi.py` decides without installing anything. Does not belong here: real installs
(`test_install.py`) and the network (`test_network.py`).
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.project import ROOT
from tests.helpers.source import imports_of

CLI = ROOT / "spi_orchestration" / "cli.py"
DONE = {"place": "p", "content": "c", "extras": []}


@pytest.fixture
def spi() -> ModuleType:
    """The launcher as a module."""
    spec = importlib.util.spec_from_file_location("spi_launcher", ROOT / "spi.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the two files that decide about the set-up."""
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def finished_python(spi: ModuleType, venv: Path) -> None:
    """Lay the file by which an environment's Python is known."""
    python = spi.venv_python(venv)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_bytes(b"")


def finished(spi: ModuleType, root: Path, **changes: object) -> Path:
    """Lay an environment that looks finished."""
    venv = root / ".venv"
    finished_python(spi, venv)
    stamp = {**spi.digest(root), "extras": [], **changes}
    (venv / spi.STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    return venv


# --- which Python


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 9)])
def test_supported_pythons(spi: ModuleType, version: tuple[int, ...]) -> None:
    assert spi.python_problem(version, 2**63 - 1) is None


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 8, 18), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_other_pythons_are_told_what_to_do(spi: ModuleType, version: tuple[int, ...]) -> None:
    problem = spi.python_problem(version, 2**63 - 1)
    assert f"This is Python {version[0]}.{version[1]};" in problem
    assert "3.11 to 3.13" in problem and "py -3.13 spi.py run" in problem


def test_a_32_bit_python_is_refused(spi: ModuleType) -> None:
    assert "64-bit" in spi.python_problem((3, 12, 0), 2**31 - 1)


def test_the_range_is_that_of_the_project(spi: ModuleType) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest, newest = spi.name_of(spi.OLDEST), spi.name_of((3, spi.NEWEST[1] + 1))
    assert f'requires-python = ">={oldest},<{newest}"' in text


def test_an_old_python_can_read_the_launcher() -> None:
    source = (ROOT / "spi.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
    with pytest.raises(SyntaxError):
        ast.parse(source + "\nmatch 1:\n    case 1: pass\n", feature_version=(3, 8))
    names = {imported.target.split(".")[0] for imported in imports_of(source, "spi")}
    assert names <= set(sys.stdlib_module_names)


def test_an_old_python_leaves_everything_as_it_was(
    spi: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spi, "ROOT", project)
    monkeypatch.setattr(spi.sys, "version_info", (3, 9, 1, "final", 0))
    assert spi.main(["run"]) == 2
    assert "This is Python 3.9" in capsys.readouterr().err
    assert not (project / ".venv").exists()


# --- is there anything to do


def test_what_there_is_to_do(spi: ModuleType) -> None:
    wanted = {"place": "p", "content": "c"}
    assert spi.to_do(None, wanted, []) == "fresh"
    assert spi.to_do(DONE, wanted, []) == "nothing"
    assert spi.to_do(DONE, wanted, ["dev"]) == "update"
    assert spi.to_do({**DONE, "extras": ["dev"]}, wanted, []) == "nothing"
    assert spi.to_do(DONE, {**wanted, "content": "d"}, []) == "update"
    assert spi.to_do(DONE, {**wanted, "place": "q"}, []) == "fresh"


def test_the_digest_follows_both_files_but_not_their_line_endings(spi: ModuleType, project: Path) -> None:
    before = spi.digest(project)
    for name in ("pyproject.toml", "constraints.txt"):
        path = project / name
        content = path.read_bytes()
        path.write_bytes(content.replace(b"\n", b"\r\n"))
        assert spi.digest(project) == before
        path.write_bytes(content + b"# more\n")
        assert spi.digest(project)["content"] != before["content"]
        path.write_bytes(content)
    assert spi.digest(project) == before


def test_the_digest_follows_folder_python_and_platform(spi: ModuleType, project: Path) -> None:
    before = spi.digest(project, (3, 11, 7), "linux")
    moved = project / "moved"
    moved.mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(project / name, moved / name)
    assert spi.digest(project, (3, 11, 9), "linux") == before
    for other in (
        spi.digest(moved, (3, 11, 7), "linux"),
        spi.digest(project, (3, 12, 0), "linux"),
        spi.digest(project, (3, 11, 7), "win32"),
    ):
        assert other["place"] != before["place"] and other["content"] == before["content"]


def test_a_finished_environment_is_left_alone(
    spi: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(spi, project)
    monkeypatch.setattr(spi, "call", lambda *_: pytest.fail("nothing was to be done"))
    spi.set_up(project)


@pytest.mark.parametrize("damage", ["no stamp", "half a stamp", "a list", "no keys", "no python"])
def test_an_unfinished_environment_is_made_anew(spi: ModuleType, project: Path, damage: str) -> None:
    venv = finished(spi, project)
    assert spi.read_stamp(venv) is not None
    stamp = venv / spi.STAMP
    if damage == "no stamp":
        stamp.unlink()
    elif damage == "no python":
        spi.venv_python(venv).unlink()
    else:
        text = {"half a stamp": '{"place": "', "a list": "[]", "no keys": "{}"}[damage]
        stamp.write_text(text, encoding="utf-8")
    assert spi.to_do(spi.read_stamp(venv), spi.digest(project), []) == "fresh"


@pytest.mark.parametrize("task", ["fresh", "update"])
def test_a_set_up_that_fails_leaves_no_stamp_and_the_next_ends_it(
    spi: ModuleType, project: Path, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of the steps; `test_install.py` kills a real one."""
    venv = finished(spi, project, extras=["sftp"])
    if task == "fresh":
        (venv / spi.STAMP).write_text("{}", encoding="utf-8")
    monkeypatch.setattr(spi, "make_environment", lambda folder, *_: finished_python(spi, folder))
    monkeypatch.setattr(spi, "use_certificates", lambda *_: None)

    def fail(*_: object) -> None:
        assert not (venv / spi.STAMP).exists()
        raise spi.SetupError("no network")

    monkeypatch.setattr(spi, "call", fail)
    with pytest.raises(spi.SetupError, match="no network"):
        spi.set_up(project, ["dev"])
    assert spi.to_do(spi.read_stamp(venv), spi.digest(project), []) == "fresh"
    (venv / "half-installed").mkdir()

    monkeypatch.setattr(spi, "call", lambda *_: None)
    spi.set_up(project, ["dev"])
    assert not (venv / "half-installed").exists()
    assert spi.to_do(spi.read_stamp(venv), spi.digest(project), ["dev"]) == "nothing"


def test_an_update_keeps_the_extras_there_were(
    spi: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = finished(spi, project, extras=["sftp"])
    calls: list[list[str]] = []
    monkeypatch.setattr(spi, "use_certificates", lambda *_: None)
    monkeypatch.setattr(spi, "call", lambda command, *_: calls.append(command))
    spi.set_up(project, ["dev"])
    assert calls[1][-1].endswith("[dev,sftp]")
    assert spi.read_stamp(venv)["extras"] == ["dev", "sftp"]


def test_clearing_keeps_the_lock_alone(spi: ModuleType, project: Path) -> None:
    venv = finished(spi, project)
    with spi.one_at_a_time(venv / spi.LOCK):
        spi.clear(venv)
        assert [path.name for path in venv.iterdir()] == [spi.LOCK]


def test_two_set_ups_take_turns(spi: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = []

    def second() -> None:
        with spi.one_at_a_time(tmp_path / "lock"):
            order.append("second")

    with spi.one_at_a_time(tmp_path / "lock"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.3)
        order.append("first")
    thread.join(timeout=5)
    assert order == ["first", "second"]
    assert "Another set-up is at work" in capsys.readouterr().err


# --- what pip is told


def test_paths_in_an_environment(spi: ModuleType) -> None:
    venv = Path("project") / ".venv"
    assert spi.venv_python(venv, windows=True) == venv / "Scripts" / "python.exe"
    assert spi.venv_python(venv, windows=False) == venv / "bin" / "python"


def test_the_build_backend_comes_first_and_nothing_is_isolated(spi: ModuleType) -> None:
    backend, project = spi.install_commands(Path("py"), Path("root"), ["dev"])
    assert backend[-1] == "setuptools" and project[-1] == "root[dev]"
    assert "--no-build-isolation" in project
    for command in (backend, project):
        assert command[command.index("-c", 8) + 1] == str(Path("root") / "constraints.txt")
        assert "--no-index" not in command
    assert spi.install_commands(Path("py"), Path("root"), [])[1][-1] == "root"


def test_offline_every_call_looks_in_the_folder_alone(spi: ModuleType) -> None:
    folder = Path("a folder") / "wheels"
    for command in spi.install_commands(Path("py"), Path("root"), [], folder):
        assert command[command.index("--find-links") + 1] == str(folder)
        assert "--no-index" in command
    theirs = {
        "PIP_INDEX_URL": "https://mirror.invalid/simple",
        "pip_extra_index_url": "https://mirror.invalid/other",
        "PIP_FIND_LINKS": "https://mirror.invalid/files",
        "PIP_CONFIG_FILE": "pip.conf",
        "HTTPS_PROXY": "http://proxy.invalid:8080",
    }
    env = spi.pip_environment(theirs, folder)
    assert env == {"PIP_CONFIG_FILE": os.devnull, "HTTPS_PROXY": "http://proxy.invalid:8080", "PIP_USER": "0"}


def test_online_the_users_settings_pass_through(spi: ModuleType) -> None:
    theirs = {
        "HTTPS_PROXY": "http://proxy.invalid:8080",
        "PIP_INDEX_URL": "https://mirror.invalid/simple",
        "PIP_CERT": "ca.pem",
        "PIP_TARGET": "elsewhere",
        "PIP_USER": "1",
    }
    env = spi.pip_environment(theirs)
    assert env.pop("PIP_USER") == "0" and "PIP_TARGET" not in env
    assert env == {key: theirs[key] for key in ("HTTPS_PROXY", "PIP_INDEX_URL", "PIP_CERT")}


def pip_in(venv: Path, version: str, truststore: bool) -> Path:
    """Lay the files by which an environment's pip is known."""
    packages = venv / "lib" / "python3.11" / "site-packages"
    (packages / f"pip-{version}.dist-info").mkdir(parents=True)
    (packages / "pip" / "_vendor" / "certifi").mkdir(parents=True)
    (packages / "pip" / "_vendor" / "certifi" / "cacert.pem").write_text("PUBLIC\n", encoding="utf-8")
    if truststore:
        (packages / "pip" / "_vendor" / "truststore").mkdir()
    return venv


def test_every_pip_trusts_what_the_system_trusts(spi: ModuleType, tmp_path: Path) -> None:
    newest = pip_in(tmp_path / "a", "24.2", truststore=True)
    newer = pip_in(tmp_path / "b", "24.0", truststore=True)
    old = pip_in(tmp_path / "c", "23.2.1", truststore=False)
    assert spi.certificate_settings({}, newest) == {}
    assert spi.certificate_settings({}, newer) == {"PIP_USE_FEATURE": "truststore"}
    (bundle,) = spi.certificate_settings({}, old).values()
    text = Path(bundle).read_text(encoding="utf-8")
    assert text.endswith("PUBLIC\n") and text.startswith(spi.system_certificates())


def test_certificate_settings_of_the_user_go_first(spi: ModuleType, tmp_path: Path) -> None:
    old = pip_in(tmp_path, "23.2.1", truststore=False)
    assert spi.certificate_settings({"SSL_CERT_FILE": "ca.pem"}, old) == {"REQUESTS_CA_BUNDLE": "ca.pem"}
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert spi.certificate_settings({name: "own.pem", "SSL_CERT_FILE": "ca.pem"}, old) == {}


# --- what its failures mean


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("because ensurepip is not available.  On Debian", "python3-venv"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "HINT: This error might have occurred since this system does not have Windows Long Path support",
            "short",
        ),
        ("[WinError 5] Access is denied: 'x.pyd'", "web UI"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "SSL_CERT_FILE"),
        ("ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407", "HTTPS_PROXY"),
        (
            "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
            "HTTPS_PROXY",
        ),
        ("ERROR: No matching distribution found for dagster==1", "mirror"),
        ("something nobody foresaw", "setup"),
    ],
)
def test_failures_say_what_to_do(spi: ModuleType, output: str, words: str) -> None:
    assert words in spi.explain(output)


def test_network_failures_name_both_ways_on(spi: ModuleType) -> None:
    said = spi.explain("Failed to establish a new connection")
    assert "HTTPS_PROXY" in said and "spi.py wheels FOLDER" in said and "--wheels FOLDER setup" in said


@pytest.mark.parametrize(
    "output",
    [
        "The conflict is caused by:\n  spi depends on duckdb\n  The user requested (constraint) duckdb==1.5.5\n",
        "ERROR: No matching distribution found for duckdb==1.5.5",
        "ERROR: Could not find a version that satisfies the requirement duckdb==1.5.5 (from versions: none)",
    ],
)
def test_a_wheel_that_is_missing_is_named(spi: ModuleType, output: str) -> None:
    said = spi.explain(output, Path("carried"))
    assert "carried lacks duckdb==1.5.5" in said and spi.name_of(sys.version_info) in said


def test_a_failing_step_shows_its_last_lines(
    spi: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "for i in range(40): print('line', i)\nprint('Errno 28')\nprint('To fix this you could')\nraise SystemExit(1)"
    with pytest.raises(spi.SetupError, match="disk is full"):
        spi.call([sys.executable, "-c", code], os.environ, tmp_path / "log", "trying")
    said = capfd.readouterr().err
    assert "line 39" in said and "line 20" not in said and "To fix" not in said
    assert "line 0\n" in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_step_that_goes_well_says_nothing(
    spi: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spi.call([sys.executable, "-c", "print('Collecting x')"], os.environ, tmp_path / "log", "trying")
    assert capfd.readouterr() == ("", "")


# --- options and handing over


def test_the_wheel_folder_is_found_anywhere_before_two_dashes(spi: ModuleType, tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert spi.take_wheels(["run", "--edition", "2026"], {}) == (None, ["run", "--edition", "2026"])
    assert spi.take_wheels(["--wheels", folder, "run"], {}) == (tmp_path.resolve(), ["run"])
    assert spi.take_wheels(["run", f"--wheels={folder}", "-x"], {}) == (tmp_path.resolve(), ["run", "-x"])
    assert spi.take_wheels(["run"], {"SPI_WHEELS": folder}) == (tmp_path.resolve(), ["run"])
    assert spi.take_wheels(["test", "--", "--wheels", "x"], {}) == (None, ["test", "--", "--wheels", "x"])


@pytest.mark.parametrize("arguments", [["--wheels"], ["--wheels", "nowhere", "run"]])
def test_a_wrong_wheel_folder_is_told(spi: ModuleType, arguments: list[str]) -> None:
    with pytest.raises(spi.SetupError, match="wheel"):
        spi.take_wheels(arguments, {})


@pytest.mark.parametrize("arguments", [["wheels"], ["wheels", "a", "b"], ["wheels", "--x"], ["setup", "x"]])
def test_wrong_words_are_told_and_nothing_is_made(
    spi: ModuleType, project: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spi, "ROOT", project)
    assert spi.main(arguments) == 2
    assert not (project / ".venv").exists()


def test_an_empty_wheel_folder_is_told(spi: ModuleType, project: Path) -> None:
    with pytest.raises(spi.SetupError, match="No wheels in"):
        spi.set_up(project, wheels=project)
    assert not (project / ".venv").exists()


def test_help_needs_no_set_up(
    spi: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spi, "ROOT", project)
    assert spi.main(["--help"]) == 0
    assert "python spi.py VERB" in capsys.readouterr().out
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(("verb", "extras"), [("run", []), ("test", ["dev"]), ("status", [])])
def test_a_verb_gets_what_it_needs_and_its_words(
    spi: ModuleType, verb: str, extras: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(spi, "set_up", lambda root, extras, wheels: seen.append(list(extras)))
    monkeypatch.setattr(spi, "hand_over", lambda command, env: seen.append(command) or 7)
    assert spi.main([verb, "-k", "x y"]) == 7
    assert seen[0] == extras
    python = str(spi.venv_python(ROOT / ".venv"))
    assert seen[1] == [python, "-P", "-m", "spi_orchestration.cli", verb, "-k", "x y"]


def test_the_command_line_finds_the_project_from_anywhere(spi: ModuleType, tmp_path: Path) -> None:
    root, other = tmp_path / "ours", tmp_path / "other"
    for folder in (root, other):
        (folder / "below").mkdir(parents=True)
        (folder / "sources.yml").write_bytes(b"")
    assert "SPI_HOME" not in spi.handed_environment({}, root, root / "below")
    assert spi.handed_environment({}, root, tmp_path)["SPI_HOME"] == str(root)
    assert spi.handed_environment({}, root, other / "below")["SPI_HOME"] == str(root)
    assert spi.handed_environment({"SPI_HOME": "own"}, root, tmp_path)["SPI_HOME"] == "own"


def test_foreign_packages_are_kept_out(spi: ModuleType) -> None:
    env = spi.handed_environment({"PYTHONPATH": "gis", "PYTHONHOME": "gis", "A": "b"}, ROOT, ROOT)
    assert env == {"A": "b", "PYTHONUTF8": "1"}


@pytest.mark.parametrize("replace", [True, False])
def test_the_exit_code_is_the_verbs(replace: bool) -> None:
    if replace and os.name == "nt":
        pytest.skip("on Linux only")
    child = [sys.executable, "-c", "import os, sys; sys.exit(int(os.environ['CODE']))"]
    code = f"import spi; raise SystemExit(spi.hand_over({child!r}, {{'CODE': '7'}}, {replace}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 7


@pytest.mark.skipif(not CLI.is_file(), reason="the command line is not in this checkout")
def test_the_command_line_can_be_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spi_orchestration.cli", "--help"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0 and b"run" in done.stdout
