"""The command line. It is there at once: the commands, which are not, are imported within."""

import atexit
import signal
import sys

from neatfool.process import (
    end_at_once,
    ending_at_once,
    keep_memory,
    lasting_streams,
    wait_asleep,
)


def main() -> None:
    """Run the command line; what the user can mend ends in a message and exit code 2."""
    keep_memory()
    wait_asleep()
    with lasting_streams(), ending_at_once():
        from neatfool.cli.together import call

        code = call()
    atexit.register(signal.signal, signal.SIGINT, end_at_once)
    sys.exit(code)
