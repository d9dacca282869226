"""Commands that draw a network, and what it paints."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from neatfool.cli.console import (
    JsonOption,
    Quiet,
    Trust,
    ending_at_once,
    reporter_for,
    require_run,
    tell,
)
from neatfool.cli.options import chosen_classifier, model_options
from neatfool.errors import ConfigError, DataError

if TYPE_CHECKING:
    from neatfool.reports.show import Subject
    from neatfool.viz import Figure

app = typer.Typer()
PlaceOption = Annotated[
    int | None,
    typer.Option(min=1, help="Which genome of an XML file: 1 for the first. [the only one]"),
]
Ablate = Annotated[
    bool,
    typer.Option("--ablate", help="Draw also what the picture becomes without each hidden node."),
]
WidthOption = Annotated[
    int | None,
    typer.Option(
        min=200, max=20_000, help="Width of a PNG file in pixels. [what the network needs]"
    ),
]
Whole = Annotated[
    bool,
    typer.Option("--whole", help="Draw also nodes and edges that have no effect."),
]


@app.command(
    epilog="Examples:\n\n    neatfool show runs/patterns\n\n"
    "    neatfool show runs/patterns --class 3 --nodes symbols --out three.pdf\n\n"
    "    neatfool show runs/patterns --class robin --ablate --out robin.png --width 2000\n\n"
    "    neatfool show saved.json --model lenet5 --ablate"
)
@model_options
def show(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|GENOME",
            help="Folder of a run, finished or not; or a file of a network: JSON of neatfool or of "
            "neat.export, a PNG saved by neatfool breed, an XML of Picbreeder, zipped or not.",
        ),
    ],
    classifier: list[str],
    wanted: Annotated[
        str | None, typer.Option("--class", help="Class or niche, by index or name. [the best]")
    ] = None,
    genome: PlaceOption = None,
    nodes: Annotated[
        Literal["images", "symbols"] | None,
        typer.Option(help="What nodes show. [images if the network paints, else symbols]"),
    ] = None,
    ablate: Ablate = False,
    whole: Whole = False,
    width: WidthOption = None,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", help="SVG, PNG or PDF file. [RUN/topology_INDEX.svg, or GENOME.svg]"),
    ] = None,
    trust: Trust = False,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Draw an evolved network: its nodes by depth, and in each node the image that it computes.

    With --ablate, FILE_ablation shows the picture without one hidden node at a time. Options of
    the network are for files: a run has its own.
    """
    _check_source(source)
    with ending_at_once():
        from neatfool import reports

    _check_out(out_file, width)
    read, switch = (_of_run, trust) if source.is_dir() else (_of_file, quiet)
    subject = read(source, classifier, wanted, genome, (ablate, switch))
    beside = source / f"topology_{subject.index}" if source.is_dir() else source
    path = out_file or beside.with_suffix(".svg")
    ablation = reports.ablate(subject) if ablate else None
    figures = {path: reports.drawing(subject, nodes, ablation, whole)}
    if ablation is not None:
        figures[path.with_stem(f"{path.stem}_ablation")] = reports.strip(subject, ablation)
    _save(figures, width)
    files, notes = [*map(str, figures)], [f"the {subject.note}"] if subject.note else []
    lines = (*files, *(f"note: {note}" for note in notes))
    tell({"files": files, "notes": notes}, json_file, quiet, *lines)


@app.command(
    epilog="Examples:\n\n    neatfool poster runs/patterns\n\n"
    "    neatfool poster runs/patterns --class 3 --size 8192 --out three.png\n\n"
    "    neatfool poster saved.json --out wall.jpg"
)
def poster(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|GENOME",
            help="Folder of a run that evolves images, finished or not; or a file of a network, "
            "as for neatfool show.",
        ),
    ],
    wanted: Annotated[
        str | None,
        typer.Option("--class", help="Class or niche, by index or name. [all, on one sheet]"),
    ] = None,
    size: Annotated[
        int,
        typer.Option(min=16, max=16_384, help="Pixels of the longer side, or the sheet's width."),
    ] = 4096,
    genome: PlaceOption = None,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="PNG or JPEG file. [RUN/poster.png, RUN/poster_INDEX.png or GENOME_poster.png]",
        ),
    ] = None,
    trust: Trust = False,
    json_file: JsonOption = None,
    quiet: Quiet = False,
) -> None:
    """Paint evolved pictures large, to print them: one, or all elites of a run on a sheet.

    Networks paint anew, with as many pixels as you like; genes of pixels become squares. A PNG of
    one network carries it, so that `neatfool breed` and `neatfool show` can read it.
    """
    _check_poster(source, wanted, genome, out_file)
    with ending_at_once():
        from neatfool import reports
        from neatfool.files import write_whole
        from neatfool.runs.folder import writing

    if source.is_dir():
        made = reports.poster_of_run(source, size, wanted, trust)
        path = source / ("poster.png" if made.index is None else f"poster_{made.index}.png")
    else:
        made = reports.poster_of_file(source, size, genome)
        path = source.with_name(f"{source.stem}_poster.png")
    path = out_file or path
    with writing(path, "choose another file with --out"):
        write_whole(path, made.encode(path))
    tell({"files": [str(path)]}, json_file, quiet, str(path))


def _check_source(source: Path) -> None:
    """Make sure that there is something, before anything large is imported."""
    if not source.exists():
        raise DataError(f"{source} cannot be read: No such file or directory; check the path")
    if source.is_dir():
        require_run(source)


def _check_poster(
    source: Path, wanted: str | None, genome: int | None, out_file: Path | None
) -> None:
    """Refuse what cannot be painted as it was asked for, before anything large is imported."""
    _check_source(source)
    if source.is_dir() and genome is not None:
        raise ConfigError("--genome is for files: a run has elites, choose one by --class")
    if not source.is_dir() and wanted is not None:
        raise ConfigError("--class is for runs: a file has networks, choose one by --genome")
    if out_file is not None and out_file.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise ConfigError(f"expected a file name that ends in .png or .jpg, got {out_file}")


def _check_out(path: Path | None, width: int | None) -> None:
    """Refuse a file that cannot be written as it was asked for, before work is spent on it."""
    from neatfool import viz

    if path is not None:
        viz.check_ending(path)
    if width is not None and (path is None or path.suffix.lower() != ".png"):
        raise ConfigError("--width is for PNG files: add --out network.png, or leave it out")


def _save(figures: "dict[Path, Figure]", width: int | None) -> None:
    """Write figures into files."""
    from neatfool import viz
    from neatfool.runs.folder import writing

    for file, figure in figures.items():
        with writing(file, "choose another file with --out"):
            viz.save(figure, file, width)


def _of_run(
    source: Path,
    classifier: list[str],
    wanted: str | None,
    genome: int | None,
    switches: tuple[bool, bool],
) -> "Subject":
    """Read the network of an elite; the classifier of the run only where that is needed."""
    from neatfool import reports

    if classifier:
        raise ConfigError("a run has a classifier of its own: leave out the options of the network")
    if genome is not None:
        raise ConfigError("--genome is for files: a run has elites, choose one by --class")
    ablate, trust = switches
    return reports.of_run(source, wanted, ablate, trust)


def _of_file(
    source: Path,
    classifier: list[str],
    wanted: str | None,
    genome: int | None,
    switches: tuple[bool, bool],
) -> "Subject":
    """Read a network; one of a file is shown to a classifier only where that is needed."""
    from neatfool import classifiers, reports

    ablate, quiet = switches
    network = None
    if classifier or wanted is not None or ablate:
        settings = chosen_classifier(classifier)
        with reporter_for(quiet) as reporter:
            where = classifiers.resolve_device("auto")
            network = classifiers.build(settings, where, reporter)
    return reports.of_file(source, network, wanted, genome)
