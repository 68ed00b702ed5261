"""The command line: `unseen run | check | atlas | audit | report | new`.

argparse, because each start counts: libraries that check types import for longer than `unseen atlas` may take in all.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from unseen._problem import Problem, unknown

COMMANDS = {
    "run": "run a study: every combination of its axes with every seed",
    "check": "judge claims by experiment, and record the verdicts",
    "atlas": "all papers by family, with verdicts",
    "audit": "how well your own model generalizes, how sure that is, and why",
    "report": "one HTML file for a folder of runs, or for a claim as recorded",
    "new": "start a task, a method, a measure, a model, or a paper",
}
HELP = f"""usage: unseen COMMAND ...

A laboratory for generalization: what a model does on what it has not seen,
why, and what would make it better.

commands:
{chr(10).join(f"  {name:<9} {text}" for name, text in COMMANDS.items())}

  unseen COMMAND --help    the command's arguments
  unseen --version         the version

for example:
  unseen run grokking weight_decay=0,0.3,1 train_fraction=0.3,0.5 --seeds 3
  unseen check grokking_tickets
  unseen atlas --family grokking
  unseen audit --predictions scores.parquet
"""


class Parser(argparse.ArgumentParser):
    """Mistakes are `Problem`s, and name the nearest option."""

    def error(self, message: str) -> NoReturn:
        """Raises what argparse would print and leave with."""
        given = message.removeprefix("unrecognized arguments: ").split()[0].split("=")[0]
        if message.startswith("unrecognized") and given.startswith("-"):
            raise unknown("option", given, self._option_string_actions)
        raise Problem(f"{message}. See: {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and exits: 0, 1 where a verdict is not what was recorded, 2 for a `Problem`, 130 for Ctrl-C."""
    try:
        code = command_line(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except Problem as problem:
        code = _told(str(problem))
    except KeyboardInterrupt:
        code = 130
    except MemoryError as reason:
        code = _told(f"this does not fit in memory: {str(reason) or 'no reason given'}. Use something smaller; what was finished is kept.")
    except BrokenPipeError:  # `unseen atlas | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as reason:  # a disk that is full or closed to writing, wherever it shows
        if reason.filename is None:
            raise
        code = _told(f"{reason.filename}: {reason.strerror}. Free some space or name another place, and call it again; what was finished is kept.")
    sys.exit(code)


def _told(what: str) -> int:
    from unseen._commands.screen import say

    say(f"unseen: {what}", error=True)
    return 2


def command_line(words: list[str]) -> int:
    """Carries out one command and gives the exit code."""
    if not words or words[0] in ("--help", "-h", "help"):
        sys.stdout.write(HELP)
        return 0
    if words[0] == "--version":
        import unseen

        sys.stdout.write(f"unseen {unseen.__version__}\n")
        return 0
    if words[0] not in COMMANDS:
        raise unknown("command", words[0], COMMANDS)
    command = importlib.import_module(f"unseen._commands.{words[0]}")
    parser = Parser(prog=f"unseen {words[0]}", description=COMMANDS[words[0]].capitalize() + ".", allow_abbrev=False)
    command.arguments(parser)
    return command.main(parser.parse_intermixed_args(words[1:]))


if __name__ == "__main__":
    main()
