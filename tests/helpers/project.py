"""The files of the project as git sees them.

Belongs here: finding and reading committed files. Does not belong here: judging them.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["ROOT", "is_checkout", "project_files", "text_of"]

ROOT = Path(__file__).resolve().parents[2]
#: Left out where git cannot be asked.
MADE = {
    ".git",
    ".venv",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "target",
}


def git(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    """Ask git about the project, or about another folder."""
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)


def is_checkout(root: Path = ROOT) -> bool:
    """Whether a folder is the top of a git checkout (it is not in a downloaded archive)."""
    try:
        found = git("rev-parse", "--show-toplevel", root=root)
    except FileNotFoundError:
        return False
    return found.returncode == 0 and Path(found.stdout.decode("utf-8").strip()).resolve() == root


def project_files(root: Path = ROOT) -> list[str]:
    """Return the project's files, relative and with forward slashes: committed, or new and not ignored."""
    if is_checkout(root):
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", root=root).stdout
        names = {name for name in listed.decode("utf-8").split("\0") if name}
        return sorted(name for name in names if (root / name).is_symlink() or (root / name).exists())
    found = []
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        kept = parts == ("data", "README.md") or parts[0] != "data"
        made = MADE & set(parts) or any(part.endswith(".egg-info") for part in parts)
        if path.is_file() and kept and not made:
            found.append("/".join(parts))
    return sorted(found)


def text_of(path: Path) -> str | None:
    """Return the text of a file, or None where it is binary."""
    content = path.read_bytes()
    if b"\0" in content[:8000]:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
