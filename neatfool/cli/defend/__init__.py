"""Commands that look at a network from the other side: what it lets in, and what keeps it out."""

import typer

from neatfool.cli.defend import compare, retrain

app = typer.Typer(
    no_args_is_help=True, help="Look for what a network lets in, and for what keeps it out."
)
for _command in (retrain, compare):
    app.add_typer(_command.app)
