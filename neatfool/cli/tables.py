"""Tables of results for the terminal."""

from pathlib import Path
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from neatfool.reporting import percent
from neatfool.types import Json


def check_table(result: Json) -> Table:
    """Show what ``exams.check`` found, one fact a row."""
    table, model, data = Table(box=box.SIMPLE, show_header=False), result["model"], result["data"]
    channels, height, width = model["canvas"]
    parameters, effect = model["parameters"], result["batch_effect"]
    first, last = model["labels"][0], model["labels"][-1]
    rows = {
        "network": model["name"],
        "it takes": f"{model['size'][0]}×{model['size'][1]}",
        "canvas": f"{height}×{width}, {'grey' if channels == 1 else 'colour'}",
        "classes": f"{model['classes']:,}, from {first} to {last}",
        "parameters": "unknown" if parameters is None else f"{parameters:,}",
        "images per second": f"{result['images_per_second']:,.0f} on {model['device']}",
        "deterministic": "yes" if result["deterministic"] else "no",
        "effect of the batch size": "not a number" if effect is None else f"{effect:.2g}",
    }
    for name, confidence in result["confidences"].items():
        shown = "not a number" if confidence is None else percent(confidence)
        rows[f"confidence on {name}"] = shown
    if data is not None:
        rows["pictures"] = f"{data['pictures']:,} of {data['classes']:,} classes"
        rows["top-1 accuracy"] = percent(data["top1"])
        if data["top5"] is not None:
            rows["top-5 accuracy"] = percent(data["top5"])
    for name, text in rows.items():
        table.add_row(name, escape(text))
    return table


def niche_table(report: Json, shown: int) -> Table:
    """Show the first niches of a report."""
    from neatfool import reports

    unit = reports.unit_of(report)
    table = Table("class" if unit.is_confidence else "niche", unit.noun, "found in generation")
    for entry in report["niches"][:shown]:
        found = str(entry["found_at_generation"])
        table.add_row(escape(entry["name"]), unit.write(entry["score"]), found)
    return table


def level_lines(report: Json) -> list[str]:
    """Say which share of the niches reaches each level; of a single niche, what it reached."""
    from neatfool import reports

    if len(report["niches"]) == 1:
        return _outcome(report, 1)
    unit = reports.unit_of(report)
    what = "classes are fooled at" if unit.is_confidence else "niches reach"
    return [
        f"{percent(share):>6} of the {what} {unit.one} of {unit.round(float(level))} or more"
        for level, share in report["reached"].items()
    ]


def transfer_tables(result: Json) -> list[Table]:
    """Show what ``exams.transfer`` found: a matrix, and one row per run and network."""
    models = [model["name"] for model in result["models"]]
    kinds = _kinds([cell["disturbance"] for cell in result["cells"]])
    matrix = Table("agreement, mean confidence", *map(escape, models), box=box.SIMPLE)
    details = Table("confidence", "≥ 0.5", "≥ 0.9", "≥ 0.99", box=box.SIMPLE)
    disturbed = Table("agreement in %, disturbed", *map(_heading, kinds), box=box.SIMPLE)
    for place, run in enumerate(result["runs"]):
        row = []
        for column, model in enumerate(models):
            cells = [
                cell for cell in result["cells"] if (cell["run"], cell["model"]) == (place, column)
            ]
            saved, pair = cells[0], escape(f"{run['name']} → {model}")
            row.append(f"{percent(saved['agreement'])}, {percent(saved['mean_confidence'])}")
            details.add_row(pair, *map(percent, saved["shares"].values()))
            shares = {c["disturbance"]: f"{100 * c['agreement']:.0f}" for c in cells}
            groups = ("/".join(shares[name] for name in names) for names in kinds)
            disturbed.add_row(pair, *groups)
        matrix.add_row(escape(run["name"]), *row)
    return [matrix, details, disturbed]


def _kinds(disturbances: list[str]) -> list[list[str]]:
    """Put disturbances of one kind, which differ in strength, together."""
    kinds: dict[str, list[str]] = {}
    for name in dict.fromkeys(disturbances):
        kinds.setdefault(name.partition("-")[0], []).append(name)
    return list(kinds.values())


def _heading(names: list[str]) -> str:
    """Write ``["jpeg-90", "jpeg-50"]`` as jpeg 90/50."""
    strengths = "/".join(name.partition("-")[2] for name in names)
    return f"{names[0].partition('-')[0]} {strengths}".strip()


def run_lines(report: Json, folder: Path, shown: int) -> list[str]:
    """Say what a run found and took, beneath the table of niches, and where its files are."""
    from neatfool import runs

    what = "images" if report["task"]["images"] else "evaluations"
    generations, niches = report["generations"], report["niches"][:shown]
    return [
        *_outcome(report, shown),
        *(line for entry in niches for line in test_lines(entry.get("tests", {}))),
        f"{generations:,} generation{'' if generations == 1 else 's'}, "
        f"{report['evaluations']:,} {what} in "
        f"{report['evolve_seconds']:.1f} s; stopped because "
        f"{runs.REASONS[report['stopped_because']]}",
        *_failures(report),
        f"computed on {report['environment']['method']}",
        *(f"{folder / name}" for name in ("gallery.png", "report.html")),
    ]


def _failures(report: Json) -> list[str]:
    failed = report.get("failed")
    return [f"{failed:,} evaluations have no score; log.txt says why"] if failed else []


def test_lines(tests: Json) -> list[str]:
    """Say what an elite brought when it was tested apart from evolution."""
    lines = []
    for name, test in tests.items():
        low, high = test["interval"]
        count, failed = test["episodes"], test.get("failed", 0)
        if count == 1:
            lines.append(f"tested in an episode: {name} {test['mean']:,.6g}")
            continue
        lines.append(
            f"tested in {count:,} new episodes"
            f"{f', of which {failed:,} failed' if failed else ''}: {name} "
            f"{test['mean']:,.6g} in the mean (95 %: {low:,.6g} to {high:,.6g}), median "
            f"{test['median']:,.6g}, least {test['least']:,.6g}, most {test['most']:,.6g}"
        )
    return lines


def ratings_table(result: Json) -> Table:
    """Show what people called evolved and real pictures, in per cent, with 95 % intervals."""
    table = Table(box=box.SIMPLE, caption=result["note"], caption_justify="left")
    table.add_column("pictures")
    for head in ("answered", "nothing, %", "expected class, %", "another, %"):
        table.add_column(head, justify="right")
    for row in result["rows"]:
        shares = (row[name] for name in ("nothing", "named", "other"))
        table.add_row(row["kind"], f"{row['answered']:,}", *map(_with_interval, shares))
    return table


def _with_interval(counted: Json) -> str:
    low, high = (f"{100 * end:.0f}" for end in counted["interval"])
    return f"{100 * counted['share']:.1f} ({low} to {high})"


def has_table(report: Json) -> bool:
    """Say whether the niches are worth a table: several, that are no cells of a grid."""
    return len(report["niches"]) > 1 and report["grid"] is None


def _outcome(report: Json, shown: int) -> list[str]:
    """Say what a run found, in one line or two, beside the table of niches if there is one."""
    from neatfool import reports

    niches, unit, most = report["niches"], reports.unit_of(report), report["task"]["best"]
    median = f"median {unit.noun} {unit.write(report['median_score'])}"
    if report["grid"] is not None:
        cells = f"coverage {percent(report['coverage'])} of {len(niches):,} cells"
        return [f"{cells}, QD-score {report['qd_score']:,.6g}, {median}"]
    if len(niches) == 1:
        limit = "" if most is None or unit.is_share else f" of at most {unit.write(most)}"
        (entry,) = niches
        found = f"found in generation {entry['found_at_generation']}"
        return [f"{entry['name']}: {unit.noun} {unit.write(entry['score'])}{limit}, {found}"]
    more = len(niches) - shown
    return [*([f"… and {more:,} more: see report.html"] if more > 0 else []), median]


def plot_lines(made: Any) -> list[str]:
    """Say what ``reports.plot`` made, and how often goals were switched."""
    lines = list(made.notes)
    if made.lineage is not None and len(made.lineage["elites"]) > 1:
        wins, elites = made.lineage["wins"], made.lineage["elites"]
        switched, inherited = wins["of_another_niche"], wins["of_a_niche_a_parent_had_won"]
        if len(elites) > 1:
            lines.append(
                f"{made.lineage['elites_with_switches']} of {len(elites)} elites descend from "
                "elites of other niches (goal switching), with "
                f"{made.lineage['mean_goal_switches']:.1f} switches on average"
            )
            lines.append(
                f"{switched:,} of {switched + inherited:,} new elites had no parent that was "
                "an elite of the same niche"
            )
    return lines + [str(path) for path in made.files]
