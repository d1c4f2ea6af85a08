"""What differs between places and partners: the environment, the partner files, the reference tables."""

import os


def keep_to_ourselves() -> None:
    """From now on this process makes its files for its user and group alone: they hold what persons wrote.

    The group, for a partner fetches its returns through it (deploy/sftp). A stricter umask stays.
    """
    os.umask(os.umask(0o027) | 0o027)
