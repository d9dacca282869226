"""Commands that make runs, go on with them, judge them, and say what can be asked for."""

import typer

from neatfool.cli.runs import listing, making, report

app = typer.Typer()
for part in (making, report, listing):
    app.add_typer(part.app)
