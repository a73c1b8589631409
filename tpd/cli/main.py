"""The `tpd` command."""

import sys

import typer

from tpd.cli import distill, export, speak
from tpd.errors import TpdError


def _examples(*lines: str) -> str:
    """The end of a help text, its lines kept as they are."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


app = typer.Typer(
    name="tpd",
    help="TorToiSe's voices without TorToiSe's wait: distil its diffusion decoder, export it, speak.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=_examples(speak.EXAMPLES[0], "tpd speak --help"),
)
app.command(epilog=_examples(*speak.EXAMPLES))(speak.speak)
app.command(epilog=_examples(*distill.EXAMPLES))(distill.distill)
app.command(epilog=_examples(*export.EXAMPLES))(export.export)


def main() -> None:
    """Run a command; a user's mistake ends in one line and an exit code of its own."""
    try:
        app()
    except TpdError as error:
        print(f"tpd: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
