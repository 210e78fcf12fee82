"""The command line. Each command is a few lines that call one package; errors name what is wrong and how to mend it.

Commands import what they call when they are called, so that `vetting --help` is quick.
"""

import os
import sys
from typing import Any

import click

from vetting.judging import check, checklist, evaluate
from vetting.keeping import archive, clinics, desk, export, user
from vetting.running import crawl, demo, notices, schedule, score, serve, status

CRISIS = (
    "In crisis? US and Canada: call or text 988. UK: 116 123. Australia: 13 11 14. New Zealand: 1737. "
    "Emergency: 911, 999, 112, 000, 111."
)


class Vetting(click.Group):
    """The group of all commands. What people can mend is printed as one line and ends with status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn the rooms' own errors into one line."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted; start again and it goes on where it was", err=True)
            ctx.exit(130)
        except BrokenPipeError:  # whoever read our output has read enough, as `head` does
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  stays open to the end, so that the last flush finds it
            ctx.exit(0)
        except (ValueError, RuntimeError, OSError) as error:
            if ctx.find_root().params.get("debug"):
                raise
            click.echo(f"error: {error}", err=True)
            ctx.exit(2)


@click.group(cls=Vetting, epilog=CRISIS)
@click.option("--debug", is_flag=True, help="Show where an error arose.")
@click.version_option(package_name="vetting")
def main(debug: bool) -> None:
    """What ketamine and esketamine clinics state on their websites, with the exact quote."""


for command in (
    check, crawl, score, serve, schedule, checklist, evaluate, clinics, user, desk, notices, archive, export, status, demo,
):  # fmt: skip
    main.add_command(command)
