"""The `tpd` command."""

import sys

import typer

from tpd.cli.distill import distill
from tpd.cli.export import export
from tpd.cli.speak import speak
from tpd.errors import TpdError

app = typer.Typer(
    name="tpd",
    help="TorToiSe's voices without TorToiSe's wait: distil its diffusion decoder, export it, speak.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(speak)
app.command()(distill)
app.command()(export)


def main() -> None:
    """Run a command; a user's mistake ends in one line and an exit code of its own."""
    try:
        app()
    except TpdError as error:
        print(f"tpd: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
