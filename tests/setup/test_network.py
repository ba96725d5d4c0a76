"""The launcher and a network that is not plain: a private certificate, a proxy, no network at all.

Belongs here: a real pip against servers on this machine. Does not belong here: installing the project.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
import os
import socket
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.helpers.project import ROOT

#: Settings of this machine that would help or hinder pip.
OURS = ("PIP_", "SSL_", "REQUESTS_", "CURL_", "HTTP_", "HTTPS_", "ALL_", "NO_PROXY")


@pytest.fixture(scope="module")
def spi() -> ModuleType:
    """The launcher as a module."""
    spec = importlib.util.spec_from_file_location("spi_launcher", ROOT / "spi.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def venv(spi: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with this Python's own pip."""
    folder = tmp_path_factory.mktemp("venv")
    spi.make_environment(folder / ".venv", folder / "log")
    return folder / ".venv"


def plain_environment(**settings: str) -> dict[str, str]:
    """This machine's variables without anything said to pip."""
    env = {key: value for key, value in os.environ.items() if not key.upper().startswith(OURS)}
    return {**env, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "5", **settings}


def download(spi: ModuleType, venv: Path, folder: Path, settings: dict[str, str]) -> None:
    """Fetch one package the way the launcher does."""
    env = spi.pip_environment(settings)
    spi.use_certificates(env, venv)
    command = spi.pip_command(spi.venv_python(venv), "download")
    spi.call([*command, "--no-deps", "-d", str(folder), "spi-demo"], env, folder / "log", "fetching")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A package index on this machine under a certificate nobody knows: its address, its certificate."""
    folder = tmp_path_factory.mktemp("index")
    pages = folder / "simple" / "spi-demo"
    pages.mkdir(parents=True)
    wheel = "spi_demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pages / wheel, "w") as archive:
        archive.writestr(
            "spi_demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: spi-demo\nVersion: 1.0\n"
        )
        archive.writestr(
            "spi_demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("spi_demo-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256((pages / wheel).read_bytes()).hexdigest()
    (pages / "index.html").write_text(f'<a href="{wheel}#sha256={digest}">{wheel}</a>', encoding="utf-8")
    certificate = certify(folder)

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *words: object) -> None:
            super().__init__(*words, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}/simple/", certificate
    server.shutdown()
    server.server_close()


def certify(folder: Path) -> Path:
    """Write a key and a certificate of our own making for this machine; return the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Council proxy of a test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "certificate.pem"


def test_an_unknown_certificate_is_refused_and_explained(
    spi: ModuleType, venv: Path, index: tuple[str, Path], tmp_path: Path
) -> None:
    address, _ = index
    with pytest.raises(spi.SetupError, match="set SSL_CERT_FILE"):
        download(spi, venv, tmp_path, plain_environment(PIP_INDEX_URL=address))


@pytest.mark.parametrize("setting", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "PIP_CONFIG_FILE"])
def test_a_certificate_the_user_names_is_trusted(
    spi: ModuleType, venv: Path, index: tuple[str, Path], tmp_path: Path, setting: str
) -> None:
    address, certificate = index
    value = certificate
    if setting == "PIP_CONFIG_FILE":
        value = tmp_path / "pip.conf"
        value.write_text(f"[global]\ncert = {certificate}\n", encoding="utf-8")
    download(spi, venv, tmp_path, plain_environment(**{"PIP_INDEX_URL": address, setting: str(value)}))
    assert [path.name for path in tmp_path.glob("*.whl")] == ["spi_demo-1.0-py3-none-any.whl"]


def test_a_certificate_of_the_operating_system_is_trusted(
    spi: ModuleType, venv: Path, index: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("on Linux only: elsewhere the system's store would have to be changed")
    # OpenSSL's folder of certificates stands for the system's store; files are named by subject hash.
    address, certificate = index
    store = tmp_path / "store"
    store.mkdir()
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    name = subject_hash(made.subject)
    (store / f"{name}.0").write_bytes(certificate.read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", str(store))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    download(spi, venv, tmp_path, plain_environment(PIP_INDEX_URL=address, SSL_CERT_DIR=str(store)))
    assert list(tmp_path.glob("*.whl"))


def subject_hash(subject: x509.Name) -> str:
    """OpenSSL's name of a certificate file: the first four bytes, little endian, of the SHA-1 of the subject.

    The subject is taken in OpenSSL's canonical form: each value as UTF-8, lower case, the outer
    sequence left off (`X509_NAME_hash_ex`).
    """
    parts = b""
    for attribute in subject:
        value = str(attribute.value).lower().encode("utf-8")
        oid = bytes([0x06, 0x03, 0x55, 0x04, 0x03])
        pair = oid + bytes([0x0C, len(value)]) + value
        inner = bytes([0x30, len(pair)]) + pair
        parts += bytes([0x31, len(inner)]) + inner
    return f"{int.from_bytes(hashlib.sha1(parts).digest()[:4], 'little'):08x}"


def test_a_proxy_is_used_and_its_refusal_explained(spi: ModuleType, venv: Path, tmp_path: Path) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(4096).split(b"\r\n")[0])
                    connection.sendall(
                        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                    )

        threading.Thread(target=refuse, daemon=True).start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = plain_environment(PIP_INDEX_URL="https://index.invalid/simple/", HTTPS_PROXY=proxy)
        with pytest.raises(spi.SetupError, match=r"The proxy did not let the set-up through"):
            download(spi, venv, tmp_path, settings)
    assert asked and all(line.startswith(b"CONNECT index.invalid:443") for line in asked)


def test_no_network_is_explained(spi: ModuleType, venv: Path, tmp_path: Path) -> None:
    settings = plain_environment(PIP_INDEX_URL="https://127.0.0.1:9/simple/")
    with pytest.raises(spi.SetupError, match=r"could not be reached.*HTTPS_PROXY.*--wheels"):
        download(spi, venv, tmp_path, settings)


def test_a_machine_without_ensurepip_is_told(spi: ModuleType, tmp_path: Path) -> None:
    """The words of `venv` itself, from a Python whose ensurepip is taken away."""
    blocked = "import sys; sys.modules['ensurepip'] = None; import runpy; runpy.run_module('ensurepip')"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, encoding="utf-8", check=False)
    assert "python3-venv" in spi.explain(done.stderr)
