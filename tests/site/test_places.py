"""Publishing to real servers on this machine: OpenSSH's sftp-server, and an S3-compatible store.

Belongs here: what reaches a server, in which order, and what is refused. Does not belong here: pages.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.release.files import ReleaseError
from spi_orchestration.site.places import open_place
from spi_orchestration.site.publish import FRONT, publish_site
from tests.site.test_pages import tree

SSHD = Path("/usr/sbin/sshd")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site as small as it can be: what publishing looks at is names and bytes."""
    root = tmp_path_factory.mktemp("small") / "site"
    for name, text in {
        "index.html": "<p>2026.1</p>",
        "feed.xml": "<feed/>",
        "web.config": "<configuration/>",
        "wards/E05010660.html": "<p>short</p>",
        "releases/status.html": "<p>status</p>",
        "releases/status.js": 'SPI.status="2026.1"',
        "releases/2026.1/index.html": "<p>pages</p>",
        "releases/2026.1/assets/site.css": "p{}",
        "releases/2026.1/data/files/csv/fct_index_score.csv": "edition,score\r\n2026,1\r\n",
        "releases/2026.1/pages.json": '{"files":{},"manifest":"ab"}',
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="")
    return root


def _port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """An SFTP server: its address with the folder to fill, that folder, and the files to reach it with."""

    address: str
    root: Path
    key: Path
    hosts: Path

    def publish(self, site: Path, **options: Any) -> Any:
        return publish_site(site, self.address, key_file=self.key, known_hosts=self.hosts, **options)


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Server]:
    """OpenSSH's server on a port of this machine, which lets one new key in, for SFTP alone."""
    if not SSHD.is_file() or not shutil.which("ssh-keygen"):
        pytest.skip("OpenSSH's server (Debian: openssh-server) is not installed")
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True
        )
    allowed = tmp_path / "allowed"
    shutil.copyfile(tmp_path / "user.pub", allowed)
    allowed.chmod(0o600)
    port = _port()
    # StrictModes off: the folders of tests belong to root and are open to all, which sshd would not have.
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {allowed}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\nForceCommand internal-sftp\nLogLevel ERROR\n",
        encoding="utf-8",
    )
    Path("/run/sshd").mkdir(exist_ok=True) if os.access("/run", os.W_OK) else None
    log = (tmp_path / "log").open("w", encoding="utf-8")
    server = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(config)], stderr=log)
    for _ in range(100):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                break
        if server.poll() is not None:
            pytest.fail(f"sshd did not start: {(tmp_path / 'log').read_text(encoding='utf-8')}")
        time.sleep(0.05)
    public = (tmp_path / "host.pub").read_text(encoding="utf-8").split()
    hosts = tmp_path / "known_hosts"
    hosts.write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n", encoding="utf-8")
    import getpass

    root = tmp_path / "www" / "spi"
    yield Server(f"sftp://{getpass.getuser()}@127.0.0.1:{port}{root}", root, tmp_path / "user", hosts)
    server.terminate()
    server.wait()
    log.close()


def test_a_site_reaches_an_sftp_server_whole_and_goes_on_after_an_interruption(
    small: Path, sftp: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spi_orchestration.site.places import Sftp

    order: list[str] = []
    write = Sftp.write

    def stops_at_the_record(self: Any, name: str, source: Path) -> None:
        if name.endswith("pages.json") and "broken" not in order:
            order.append("broken")
            raise EOFError("the line went dead")
        order.append(name)
        write(self, name, source)

    monkeypatch.setattr(Sftp, "write", stops_at_the_record)
    with pytest.raises(ReleaseError, match="goes on where it stopped"):
        sftp.publish(small)
    assert not (sftp.root / "index.html").exists() and not (sftp.root / "releases" / "status.js").exists()
    done = sftp.publish(small)
    assert tree(sftp.root) == tree(small)
    assert order[-len(FRONT) :] == list(FRONT) and done.kept > 0
    assert order.index("releases/2026.1/pages.json") > order.index("releases/2026.1/index.html")
    again = sftp.publish(small)
    assert again.copied == 0 and again.kept == len(tree(small))

    # The pointer moves; what is published does not.
    newer = tmp_path / "newer"
    shutil.copytree(small, newer)
    (newer / "releases" / "status.js").write_text('SPI.status="2026.2"', encoding="utf-8")
    assert sftp.publish(newer).copied == 1
    (sftp.root / "releases" / "2026.1" / "index.html").write_text("tampered", encoding="utf-8")
    assert sftp.publish(newer).copied == 0
    with pytest.raises(ReleaseError, match=r"releases/2026\.1/index\.html is published and would change"):
        sftp.publish(newer, verify=True)


def test_an_unknown_or_changed_host_key_is_refused(small: Path, sftp: Server, tmp_path: Path) -> None:
    empty = tmp_path / "none"
    empty.write_text("", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"known\s+hosts first"):
        publish_site(small, sftp.address, key_file=sftp.key, known_hosts=empty)
    other = tmp_path / "other"
    line = sftp.hosts.read_text(encoding="utf-8").split()
    public = (tmp_path / "user.pub").read_text(encoding="utf-8").split()
    other.write_text(f"{line[0]} {public[0]} {public[1]}\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="another host key"):
        publish_site(small, sftp.address, key_file=sftp.key, known_hosts=other)
    assert not sftp.root.exists()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3-compatible store on a port of this machine, with a bucket `www`."""
    server_module = pytest.importorskip("moto.server", reason="moto is not installed")
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket="www", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    yield endpoint
    server.stop()


def test_a_site_reaches_an_object_store_with_media_types_and_is_never_overwritten(
    small: Path, store: str, tmp_path: Path
) -> None:
    import boto3

    done = publish_site(small, "s3://www/spi", endpoint=store)
    client = boto3.client("s3", endpoint_url=store)
    found = {
        item["Key"].removeprefix("spi/"): item["LastModified"]
        for item in client.list_objects_v2(Bucket="www")["Contents"]
    }
    assert set(found) == set(tree(small)) and done.copied == len(found)
    for name in found:
        assert (
            client.get_object(Bucket="www", Key=f"spi/{name}")["Body"].read() == (small / name).read_bytes()
        )
    page = client.head_object(Bucket="www", Key="spi/releases/2026.1/index.html")
    assert page["ContentType"] == "text/html; charset=utf-8" and "immutable" in page["CacheControl"]
    pointer = client.head_object(Bucket="www", Key="spi/releases/status.js")
    assert pointer["ContentType"].startswith("text/javascript") and "immutable" not in pointer["CacheControl"]
    assert publish_site(small, "s3://www/spi", endpoint=store).copied == 0
    changed = tmp_path / "changed"
    shutil.copytree(small, changed)
    (changed / "releases" / "2026.1" / "index.html").write_text("other", encoding="utf-8")
    (changed / "releases" / "2026.1" / "pages.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ReleaseError, match="is published and would change"):
        publish_site(changed, "s3://www/spi", endpoint=store)
    with pytest.raises(ReleaseError, match="no bucket elsewhere"):
        publish_site(small, "s3://elsewhere/spi", endpoint=store)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://host/folder", "cannot be published to ftp://"),
        ("sftp://host", "names no server or no folder"),
        ("sftp://user:" + "secret@host/folder", "a password does not belong in an address"),
        ("s3://", "names no bucket"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_in_words(address: str, said: str) -> None:
    with pytest.raises(ReleaseError, match=said) as raised, open_place(address):
        pass
    assert "secret" not in str(raised.value)
