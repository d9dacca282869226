"""Commands that look at a network from the other side: what it lets in, and what keeps it out."""

import typer

from neatfool.cli.defend import compare, detectors, gate, retrain

app = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help="See what a network lets in that it should not, and what keeps it out.",
    epilog="Example:\n\n    neatfool defend gate --model lenet5 --data mnist --threshold 0.9",
)
app.add_typer(group, name="defend")
for part in (gate, detectors, retrain, compare):
    group.add_typer(part.app)
