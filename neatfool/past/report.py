"""The report that a run left."""

from pathlib import Path

from neatfool.errors import RunError
from neatfool.runs import written
from neatfool.types import Json


def read_report(folder: Path | str) -> Json | None:
    """Read the report of a run, all that it holds; none: it has none yet.

    Raises:
        RunError: It is damaged, or another version wrote it.
        DataError: It is no plain file, or too large.
    """
    folder = Path(folder)
    path = folder / written.REPORT
    try:
        return written.read_report(path)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RunError(
            f"{path} is damaged ({error}): take it away, and `neatfool resume {folder}` makes it "
            "again"
        ) from error


def read_base(path: Path) -> Json:
    """Read the report of a run that another one is compared with.

    Args:
        path: A ``report.json``, or the folder of the run.

    Raises:
        RunError: There is none, it is damaged, or another version wrote it.
        DataError: It is no plain file, or too large.
    """
    file = path / written.REPORT if path.is_dir() else path
    try:
        return written.read_report(file)
    except (FileNotFoundError, ValueError) as error:
        got = "no such file" if isinstance(error, FileNotFoundError) else f"another ({error})"
        raise RunError(
            f"{file}: expected a report that neatfool wrote, got {got}; give the report.json of "
            "an earlier run"
        ) from None


def require_report(folder: Path) -> Json:
    """Read the report of a finished run.

    Raises:
        RunError: The folder holds no finished run, or as ``read_report``.
        DataError: As ``read_report``.
    """
    report = read_report(folder)
    if report is None:
        raise RunError(
            f"{folder} holds no finished run: expected {written.REPORT} and elites in it; finish "
            f"the run by `neatfool resume {folder}`, or choose another folder"
        )
    return report
