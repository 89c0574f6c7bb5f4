"""`python -m include.demo`: watch the week in a real Airflow. With `--smoke`: check it, and end."""

import argparse
import logging
import signal
import sys
from types import FrameType

from include.demo import live, smoke


def main() -> int:
    """Tell the week; 0 where everything was as the story has it."""
    parser = argparse.ArgumentParser(prog="python -m include.demo", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="check the figures, without a browser")
    arguments = parser.parse_args()
    # That an SBC is dark is a part of the story: the table tells it.
    logging.getLogger("include.inventory.syncs").setLevel(logging.ERROR)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        return smoke.tell() if arguments.smoke else live.tell()
    except KeyboardInterrupt:
        return 130


def _interrupt(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the interface's
    """End as Ctrl-C does, so that whatever was started is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
