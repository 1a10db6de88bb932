"""The system user that PostgreSQL runs as when we are root: PostgreSQL refuses to run as root itself."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

NAME = "stillwater"


def system_user() -> pwd.struct_passwd | None:
    """The user to start PostgreSQL as: None means ourselves. Makes the user when we are root and it is missing.

    Raises OSError or CalledProcessError when the system does not let us make one.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
        made = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 -- a constant command
        if made.returncode not in (0, 9):  # 9: another process made it in the meantime
            made.check_returncode()
        return pwd.getpwnam(NAME)


def let_in(path: Path) -> None:
    """Let other users walk down to `path` (not list it): needed only for the folders that we own as root."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def let_read(tree: Path) -> None:
    """Let other users read and run what is below `tree`, when a strict umask installed it for root alone."""
    if tree.stat().st_mode & stat.S_IROTH:
        return
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
