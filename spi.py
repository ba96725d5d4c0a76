"""The launcher: sets the project up where it stands, then passes every verb on to the command line `spi`.

    python spi.py run                 the annual run
    python spi.py test                the tests
    python spi.py wheels FOLDER       everything the set-up needs, for a machine without a network
    python spi.py --wheels FOLDER run set up from that folder alone (or set SPI_WHEELS)
    python spi.py setup               set up and do no more

Belongs here: choosing a Python, making `.venv`, installing the locked packages into it, and handing over
to `spi_orchestration.cli`. Does not belong here: anything the installed command line can do, and any
import outside the standard library. The syntax is kept to what Python 3.8 can read, so that an old
Python gives a sentence and not a syntax error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
NEWEST = (3, 13)
STAMP = "spi-setup.json"
LOG = "spi-setup.log"
LOCK = "spi-setup.lock"
#: Part of the stamp: raised when an environment made by an older launcher has to be made anew.
SETUP_VERSION = 1
#: Extras a verb needs beyond the base install.
EXTRAS = {"test": ["dev"]}
#: Options of pip that would put packages elsewhere than into the environment.
MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIREMENT", "PIP_CONSTRAINT")
#: Where pip would look beside the folder of an offline set-up.
SOURCES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX")

USAGE = """\
python spi.py VERB [...]     sets up .venv when needed, then runs: spi VERB [...]

  run | test | sample | datasets | status | doctor | ui | publish | dbt
  setup                      set up and do no more
  wheels FOLDER              collect all packages in FOLDER, for a machine without a network
  --wheels FOLDER            set up from FOLDER alone; SPI_WHEELS does the same
"""


class SetupError(Exception):
    """The set-up cannot go on; the text says why and what to do."""


def say(text: str) -> None:
    """Print a line of progress on standard error, so that a verb's own output stays clean."""
    print(text, file=sys.stderr, flush=True)


def name_of(version: Sequence[Any]) -> str:
    """`3.11` for a version tuple."""
    return "{}.{}".format(*version[:2])


# --- the Python that runs this -------------------------------------------------------------------


def python_problem(version: Sequence[Any], maxsize: int = sys.maxsize) -> str | None:
    """Return why this Python cannot be used, or None.

    Args:
        version: `sys.version_info` of the Python in question.
        maxsize: its `sys.maxsize`.
    """
    wanted = f"{name_of(OLDEST)} to {name_of(NEWEST)}"
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        return (
            f"This is Python {name_of(version)}; the project runs on Python {wanted}.\n"
            "Install one of them beside this Python and name it in the call, for example:\n"
            f"  Linux, macOS: python{name_of(NEWEST)} spi.py run\n"
            f"  Windows:      py -{name_of(NEWEST)} spi.py run"
        )
    if maxsize <= 2**32:
        return f"This is a 32-bit Python; DuckDB needs a 64-bit one. Install a 64-bit Python {wanted}."
    return None


def venv_python(venv: Path, windows: bool = os.name == "nt") -> Path:
    """Path of the Python inside an environment."""
    return venv / "Scripts" / "python.exe" if windows else venv / "bin" / "python"


def base_python() -> str:
    """The Python to make environments with: the one behind this one, should this one be an environment's."""
    return getattr(sys, "_base_executable", None) or sys.executable


# --- is there anything to do? --------------------------------------------------------------------


def digest(
    root: Path, version: Sequence[Any] = sys.version_info, platform: str = sys.platform
) -> dict[str, str]:
    """Return what an environment was made from, as two SHA-256 digests.

    Returns:
        `place`: of all that needs a new environment when it changes (folder, Python, platform);
        `content`: of pyproject.toml and constraints.txt, whatever their line endings.
    """
    place = json.dumps([SETUP_VERSION, str(root), name_of(version), platform])
    content = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        content.update((root / name).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return {"place": hashlib.sha256(place.encode("utf-8")).hexdigest(), "content": content.hexdigest()}


def read_stamp(venv: Path) -> dict[str, Any] | None:
    """Return the stamp of a finished set-up, or None: never made, killed half-way, or unreadable."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    complete = isinstance(stamp, dict) and {"place", "content", "extras"} <= set(stamp)
    return stamp if complete and venv_python(venv).exists() else None


def to_do(stamp: dict[str, Any] | None, wanted: dict[str, str], extras: Sequence[str]) -> str:
    """Return `nothing`, `update` (install into what is there) or `fresh` (make the environment anew).

    Args:
        stamp: of `read_stamp`.
        wanted: of `digest`.
        extras: extras needed now.
    """
    if stamp is None or stamp["place"] != wanted["place"]:
        return "fresh"
    if stamp["content"] != wanted["content"] or not set(extras) <= set(stamp["extras"]):
        return "update"
    return "nothing"


# --- pip: what it is told, and what its failures mean ----------------------------------------------


def python_command(python: str | Path) -> list[str]:
    """A Python that reads no PYTHON* setting, does not buffer, and speaks UTF-8."""
    return [str(python), "-I", "-u", "-X", "utf8"]


def pip_command(python: Path, verb: str, wheels: Path | None = None) -> list[str]:
    """The beginning of a pip call; with `wheels`, one that looks in that folder and nowhere else."""
    command = [*python_command(python), "-m", "pip", verb, "--no-input", "--disable-pip-version-check"]
    return command + (["--no-index", "--find-links", str(wheels)] if wheels else [])


def install_commands(
    python: Path, root: Path, extras: Sequence[str], wheels: Path | None = None
) -> list[list[str]]:
    """Return the pip calls of a set-up.

    The build backend comes first and from the lock, and the editable install is then built with it
    (`--no-build-isolation`): the same on and off the network, and nothing outside the lock is fetched.
    Python files are compiled when first imported: a third of the disk space is saved.
    """
    install = [*pip_command(python, "install", wheels), "--no-compile", "-c", str(root / "constraints.txt")]
    target = str(root) + ("[{}]".format(",".join(sorted(extras))) if extras else "")
    return [[*install, "setuptools"], [*install, "--no-build-isolation", "-e", target]]


def pip_environment(environment: Mapping[str, str], wheels: Path | None = None) -> dict[str, str]:
    """Return the environment variables pip is called with.

    Proxy and certificate settings pass through. Options that would install elsewhere are taken out; an
    offline set-up also leaves pip's configuration files and sources aside.
    """
    env = {key: value for key, value in environment.items() if key.upper() not in MISLEADING}
    env["PIP_USER"] = "0"
    if wheels:
        env = {key: value for key, value in env.items() if key.upper() not in SOURCES}
        env["PIP_CONFIG_FILE"] = os.devnull
    return env


def certificate_settings(environment: Mapping[str, str], venv: Path) -> dict[str, str]:
    """Return the settings that make pip trust what the operating system trusts.

    pip 24.2 and later do so by themselves, pip 24.0 when asked; for an older one the system's
    certificates are written into the environment. `SSL_CERT_FILE` is honoured with all of them;
    `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`, which pip reads itself, go before it.
    """
    if environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE"):
        return {}
    if environment.get("SSL_CERT_FILE"):
        return {"REQUESTS_CA_BUNDLE": environment["SSL_CERT_FILE"]}
    packages = next((path for path in (venv / "Lib", *venv.glob("lib/python*")) if path.is_dir()), venv)
    vendored = packages / "site-packages" / "pip" / "_vendor"
    release = next(vendored.parent.parent.glob("pip-*.dist-info"), None)
    if release is None:
        return {}
    version = tuple(int(part) for part in re.findall(r"\d+", release.name)[:2])
    if version >= (24, 2):
        return {}
    if (vendored / "truststore").is_dir():
        return {"PIP_USE_FEATURE": "truststore"}
    public = vendored / "certifi" / "cacert.pem"
    bundle = venv / "certificates.pem"
    text = system_certificates() + (public.read_text(encoding="utf-8") if public.is_file() else "")
    bundle.write_text(text, encoding="utf-8", newline="\n")
    return {"REQUESTS_CA_BUNDLE": str(bundle)}


def use_certificates(env: dict[str, str], venv: Path) -> None:
    """Add `certificate_settings`, unless pip was told of a certificate (`PIP_CERT`, its configuration)."""
    command = [*python_command(venv_python(venv)), "-m", "pip", "config", "list"]
    told = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if not re.search(rb"(?m)^\S+\.cert\s*=", told.stdout):
        env.update(certificate_settings(env, venv))


def system_certificates() -> str:
    """Return the operating system's trusted certificates as PEM text."""
    import ssl

    context = ssl.create_default_context()
    found = [ssl.DER_cert_to_PEM_cert(der) for der in context.get_ca_certs(binary_form=True)]
    # OpenSSL reads a folder of certificates only as it needs them, so they are not in the list above.
    folder = ssl.get_default_verify_paths().capath
    if folder:
        found += [
            path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(Path(folder).glob("*.[0-9]"))
        ]
    if sys.platform == "darwin":
        keychains = (
            "/Library/Keychains/System.keychain",
            "/System/Library/Keychains/SystemRootCertificates.keychain",
        )
        command = ["security", "find-certificate", "-a", "-p", *keychains]
        found.append(
            subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout.decode("utf-8", "replace")
        )
    return "".join(dict.fromkeys(text if text.endswith("\n") else text + "\n" for text in found))


#: Words in the output of venv or pip, and what they mean, most telling first.
MEANINGS = (
    (
        r"ensurepip is not available|No module named '?ensurepip",
        "This Python cannot make environments. On Debian and Ubuntu: sudo apt install python3-venv",
    ),
    (
        r"No space left on device|Errno 28|not enough space",
        "The disk is full; the set-up needs about 1.5 GB. Free some space and call again.",
    ),
    (
        r"Long Path support|WinError 206",
        "A path grew too long for Windows. Move the project to a short folder such as C:\\spi, or have "
        "long paths switched on, and call again.",
    ),
    (
        r"WinError 5|WinError 32|Access is denied|Permission denied|Errno 13",
        "A file could not be written. Close programs that use .venv (the web UI, an editor, a terminal in "
        "it), check that you may write to the project folder, and call again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|TLS CA certificate bundle|SSLCertVerificationError",
        "The certificate of the package index was not trusted. Where a proxy inspects the traffic, ask for "
        "your organisation's certificate file and set SSL_CERT_FILE to it, then call again. {wheels}",
    ),
    (
        r"ProxyError|Tunnel connection failed|407 Proxy|Cannot connect to proxy",
        "The proxy did not let the set-up through. Check the setting HTTPS_PROXY (http://proxy:port, with the "
        "user name and password before the proxy where it asks for them), then call again. {wheels}",
    ),
    (
        r"NewConnectionError|Failed to establish a new connection|ConnectTimeout|ReadTimeout|getaddrinfo"
        r"|name resolution|Name or service not known|ConnectionResetError|Connection refused"
        r"|Network is unreachable|NameResolutionError|Connection aborted",
        "The package index could not be reached. Where the network needs a proxy, set HTTPS_PROXY to it and "
        "call again. {wheels}",
    ),
    (
        r"No matching distribution found|Could not find a version that satisfies|ResolutionImpossible",
        "The package index could not be reached, or it is a mirror that does not have a version the lock asks "
        "for. Where the network needs a proxy, set HTTPS_PROXY to it and call again. {wheels}",
    ),
)
#: How pip names a package it could not find; the first is what it says of one the lock pins.
MISSING = (
    r"requested \(constraint\) (\S+)"
    r"|(?:No matching distribution found for|satisfies the requirement) ([^\s;(]+)"
)
CARRY = (
    "Without a network: on a connected machine of the same system and Python call `python spi.py wheels FOLDER`, "
    "bring the folder here, and call `python spi.py --wheels FOLDER setup`."
)


def explain(output: str, wheels: Path | None = None) -> str:
    """Return what a failed call means and what to do, from its output.

    Args:
        output: all that venv or pip printed.
        wheels: the folder of an offline set-up.
    """
    missing = re.search(MISSING, output)
    if wheels and missing:
        package, python = missing.group(1) or missing.group(2), name_of(sys.version_info)
        return (
            f"The wheel folder {wheels} lacks {package} for Python {python} on {sys.platform}. Collect the "
            "folder again with `python spi.py wheels FOLDER` on a machine of the same system and Python, and "
            "with this version of the project."
        )
    for pattern, meaning in MEANINGS:
        if re.search(pattern, output):
            return meaning.format(wheels=CARRY)
    return "The lines above say why. Call again to try once more; `python spi.py setup` starts where this stopped."


# --- doing it ------------------------------------------------------------------------------------


def try_lock(handle: IO[bytes]) -> bool:
    """Take the operating system's lock on an open file; the system lets go of it when the process dies."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[int]:
    """Let one set-up of this folder run at a time; yields the lock's file descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as handle:
        if not try_lock(handle):
            say(f"Another set-up is at work in {path.parent.name}; waiting for it to end.")
            while not try_lock(handle):
                time.sleep(0.5)
        yield handle.fileno()


def clear(venv: Path) -> None:
    """Remove everything in the environment but the lock that is held on it."""
    for path in venv.iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def call(
    command: list[str],
    env: Mapping[str, str],
    log: Path,
    label: str,
    lock: int | None = None,
    wheels: Path | None = None,
) -> None:
    """Run one step of the set-up quietly.

    Args:
        command: what to run.
        env: environment variables it gets.
        log: file that gets everything it prints.
        label: what the step does, shown on a terminal with the number of packages found so far.
        lock: descriptor of the lock; a step that outlives a killed launcher goes on holding it.
        wheels: the folder of an offline set-up.

    Raises:
        SetupError: it failed; its last lines have been printed.
    """
    terminal = sys.stderr.isatty()
    process = subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=() if lock is None or os.name == "nt" else (lock,),
    )
    lines: list[str] = []
    packages = 0
    with process, log.open("a", buffering=1, encoding="utf-8", newline="\n") as record:
        for line in process.stdout or ():
            record.write(line)
            lines.append(line.rstrip())
            packages += line.startswith(("Collecting ", "Processing "))
            if terminal:
                doing = "installing" if line.startswith("Installing collected") else f"{packages} found"
                print(f"\r  {label} ({doing})   ", end="", file=sys.stderr, flush=True)
    if terminal:
        print("\r" + " " * 78 + "\r", end="", file=sys.stderr, flush=True)
    if process.returncode:
        # pip's own advice is to loosen the lock; ours follows.
        advice = next((i for i, line in enumerate(lines) if line.startswith("To fix this")), len(lines))
        for line in lines[:advice][-12:]:
            say("    " + line)
        raise SetupError("{}\nThe whole record: {}".format(explain("\n".join(lines), wheels), log))


def make_environment(venv: Path, log: Path, lock: int | None = None) -> None:
    """Make an empty environment in a folder."""
    command = [*python_command(base_python()), "-m", "venv", str(venv)]
    call(command, dict(os.environ), log, "making the environment", lock)


def set_up(root: Path, extras: Sequence[str] = (), wheels: Path | None = None) -> None:
    """Bring `.venv` to what pyproject.toml and constraints.txt ask for; do nothing when it is there.

    Args:
        root: the project folder.
        extras: extras of pyproject.toml needed beyond the base install.
        wheels: folder to install from with the network left alone.

    Raises:
        SetupError: with what to do. The next call starts again from a clean environment.
    """
    venv, wanted = root / ".venv", digest(root)
    if to_do(read_stamp(venv), wanted, extras) == "nothing":
        return
    if wheels and not any(wheels.glob("*.whl")):
        raise SetupError(f"No wheels in {wheels}. Collect them with: python spi.py wheels FOLDER")
    with one_at_a_time(venv / LOCK) as lock:
        # Asked again: another call may have done the work while this one waited.
        stamp = read_stamp(venv)
        task = to_do(stamp, wanted, extras)
        if task == "nothing":
            return
        install(venv, root, stamp if task == "update" else None, wanted, extras, lock, wheels)


def install(
    venv: Path,
    root: Path,
    stamp: dict[str, Any] | None,
    wanted: dict[str, str],
    extras: Sequence[str],
    lock: int,
    wheels: Path | None,
) -> None:
    """Do the work of `set_up`, with the lock held; `stamp` is None for a fresh environment."""
    started, log = time.monotonic(), venv / LOG
    if stamp:
        extras = sorted({*extras, *stamp["extras"]})
        added = sorted(set(extras) - set(stamp["extras"]))
        what = (
            "adding the packages for: " + ", ".join(added)
            if added
            else "pyproject.toml or constraints.txt changed"
        )
        say(f"Bringing .venv up to date ({what}) ...")
        # Without its stamp the environment counts as unfinished until the work below is done.
        (venv / STAMP).unlink()
    else:
        say("Setting up Python packages in .venv: about a minute, once ...")
        clear(venv)
        make_environment(venv, log, lock)
    python = venv_python(venv)
    env = pip_environment(os.environ, wheels)
    use_certificates(env, venv)
    for command in install_commands(python, root, extras, wheels):
        call(command, env, log, "installing packages", lock, wheels)
    call([*python_command(python), "-c", "import spi_orchestration"], env, log, "checking", lock)
    unfinished = venv / (STAMP + ".new")
    text = json.dumps(dict(wanted, extras=sorted(extras), python=name_of(sys.version_info)), indent=1)
    unfinished.write_text(text + "\n", encoding="utf-8", newline="\n")
    Path(str(unfinished)).replace(str(venv / STAMP))
    say(f"Ready after {time.monotonic() - started:.0f} s.")


def requirements(root: Path) -> list[str]:
    """Everything a machine without a network needs: the build backend, the base packages, the dev extra."""
    import tomllib

    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = table["project"]
    return [
        *table["build-system"]["requires"],
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
    ]


def collect_wheels(root: Path, folder: Path) -> None:
    """Collect the locked packages as wheels for this system and Python.

    Args:
        root: the project folder.
        folder: where they go; made when absent.

    Raises:
        SetupError: with what to do.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = f"Python {name_of(sys.version_info)} on {sys.platform}"
    say(f"Collecting the packages for {place} in {folder}: a minute or two ...")
    with tempfile.TemporaryDirectory(prefix="spi-wheels-") as scratch:
        venv, log = Path(scratch) / "venv", Path(scratch) / LOG
        make_environment(venv, log)
        listed = Path(scratch) / "requirements.txt"
        listed.write_text("\n".join(requirements(root)) + "\n", encoding="utf-8", newline="\n")
        env = pip_environment(os.environ)
        use_certificates(env, venv)
        command = [*pip_command(venv_python(venv), "wheel"), "-w", str(folder)]
        command += ["-c", str(root / "constraints.txt"), "-r", str(listed)]
        try:
            call(command, env, log, "collecting")
        except SetupError as error:
            # The record goes with the scratch folder; the lines that matter have been printed.
            raise SetupError(str(error).rsplit("\n", 1)[0]) from None
    found = list(folder.glob("*.whl"))
    size = sum(path.stat().st_size for path in found) / 1e6
    say(f"{len(found)} wheels, {size:.0f} MB. On the other machine ({place}):")
    say(f"  python spi.py --wheels {folder.name} setup")


# --- handing over --------------------------------------------------------------------------------


def take_wheels(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[Path | None, list[str]]:
    """Take `--wheels FOLDER` out of the arguments; return the folder (absolute, or None) and the rest.

    Raises:
        SetupError: the option has no folder, or the folder is not there.
    """
    folder, rest, left = environment.get("SPI_WHEELS") or None, [], list(arguments)
    while left:
        word = left.pop(0)
        if word == "--":
            rest += [word, *left]
            break
        if word == "--wheels":
            if not left:
                raise SetupError("--wheels needs a folder: python spi.py --wheels FOLDER setup")
            folder = left.pop(0)
        elif word.startswith("--wheels="):
            folder = word.partition("=")[2]
        else:
            rest.append(word)
    if folder is None:
        return None, rest
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        raise SetupError(f"The wheel folder {path} is not there.")
    return path, rest


def handed_environment(environment: Mapping[str, str], root: Path, here: Path) -> dict[str, str]:
    """Return the environment variables the command line runs with.

    It finds the project from the working folder; SPI_HOME is set when that would lead elsewhere. Settings
    that make Python read other packages than the environment's are taken out, and text is UTF-8.
    """
    foreign = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"}
    env = {key: value for key, value in environment.items() if key.upper() not in foreign}
    env.setdefault("PYTHONUTF8", "1")
    nearest = next((path for path in (here, *here.parents) if (path / "sources.yml").is_file()), None)
    if nearest != root:
        env.setdefault("SPI_HOME", str(root))
    return env


def cli_command(python: Path, arguments: Sequence[str]) -> list[str]:
    """The call of the installed command line.

    The environment's Python runs it as a module: no script on PATH, and no `.exe` that a council's
    Windows may refuse to start. `-P` keeps the working folder out of the import path.
    """
    return [str(python), "-P", "-m", "spi_orchestration.cli", *arguments]


def hand_over(command: list[str], env: Mapping[str, str], replace: bool = os.name != "nt") -> int:
    """Run the command in place of this process, or where the system cannot, as a child; return its exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    if replace:
        os.execve(command[0], command, env)
    with subprocess.Popen(command, env=env) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The child got it too, and decides.
                continue


def main(arguments: Sequence[str]) -> int:
    """Set up when needed and pass the verb on.

    Args:
        arguments: the words after `spi.py`.

    Returns:
        The exit code: the verb's own, 2 where the set-up could not be done, 130 when interrupted.
    """
    problem = python_problem(sys.version_info)
    if problem:
        say(problem)
        return 2
    try:
        wheels, rest = take_wheels(arguments, os.environ)
        verb = rest[0] if rest else ""
        if verb in ("-h", "--help") and to_do(read_stamp(ROOT / ".venv"), digest(ROOT), ()) != "nothing":
            print(USAGE, end="")
            return 0
        if verb == "wheels":
            if len(rest) != 2 or rest[1].startswith("-"):
                raise SetupError("Name the folder to fill: python spi.py wheels FOLDER")
            collect_wheels(ROOT, Path(rest[1]).expanduser().resolve())
            return 0
        if verb == "setup":
            if len(rest) > 2 or rest[1:] not in ([], ["--dev"]):
                raise SetupError("python spi.py setup [--dev]   (--dev: also what the tests need)")
            set_up(ROOT, ["dev"] if rest[1:] else [], wheels)
            return 0
        set_up(ROOT, EXTRAS.get(verb, []), wheels)
    except SetupError as error:
        say(f"Set-up failed. {error}")
        return 2
    except KeyboardInterrupt:
        say("\nStopped. Call again to finish the set-up.")
        return 130
    except OSError as error:
        say(f"Set-up failed. {explain(str(error))}\n{error}")
        return 2
    env = handed_environment(os.environ, ROOT, Path.cwd().resolve())
    return hand_over(cli_command(venv_python(ROOT / ".venv"), rest), env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
