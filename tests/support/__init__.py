"""What tests stand on."""

import os

# read when testcontainers is imported: no reaper container, since everything is stopped at the end of a session
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
