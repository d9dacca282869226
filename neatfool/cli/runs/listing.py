"""Commands that list what can be asked for: settings, and configs that come with neatfool."""

from typing import Annotated

import typer

from neatfool.cli import completion
from neatfool.cli.console import JsonOption, out, tell

app = typer.Typer()


@app.command(epilog="Example:\n\n    neatfool settings > settings.md")
def settings() -> None:
    """Print every setting, its default and its meaning, as Markdown."""
    from neatfool import sections

    out.print(sections.settings_page(), markup=False, soft_wrap=True)


@app.command(
    epilog="Examples:\n\n    neatfool configs\n\n    neatfool configs mnist_cppn > mine.toml"
)
def configs(
    name: Annotated[
        str | None,
        typer.Argument(help="Print this one. [list all]", autocompletion=completion.configs),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """List the configs that come with neatfool, or print one, to begin your own with.

    `neatfool run`, `neatfool fool` and `neatfool study` take their names in place of a file;
    those of studies are for `neatfool study`.
    """
    from rich import box
    from rich.table import Table

    from neatfool.bounded import read_text
    from neatfool.stored import shipped

    if name is not None:
        file = shipped.config_file(name)
        text = read_text(file)
        tell({"name": name, "file": str(file), "text": text}, json_file, False, text.rstrip("\n"))
        return
    found = {each: shipped.summary(file) for each, file in shipped.shipped().items()}
    table = Table("name", box=box.SIMPLE, expand=True)
    table.add_column("what it is", no_wrap=True, overflow="ellipsis", ratio=1)
    for each, sentence in found.items():
        table.add_row(each, sentence)
    tell(found, json_file, False, table)
