"""TensorBoard: event files in the folder of the run."""

import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import summary_v2 as hparams
from tensorboard.plugins.text import metadata as text
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util

from neatfool.bounded import read_bytes
from neatfool.tracking.tracker import Ending, Entry, Tracker

FOLDER = "tensorboard"
_EVERY = 5  # seconds, from one flush to the next


class TensorBoard(Tracker):
    """Write event files; those of a run that went on say from where the ones before are void."""

    def __init__(self, entry: Entry) -> None:
        self.id = FOLDER
        self.told = min(entry.told, entry.generation)
        self._writer = EventFileWriter(str(entry.folder / FOLDER), flush_secs=_EVERY)
        start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
        if entry.id:
            self._add(self.told + 1, session_log=start)
        else:
            self._sum_up(0, [_text("settings", _table(entry.settings))])
            given = hparams.hparams_pb(dict(entry.settings), trial_id=entry.name)
            self._add(0, summary=given)

    def numbers(self, generation: int, numbers: Mapping[str, float]) -> None:  # noqa: D102
        self._sum_up(generation, _scalars(numbers))

    def picture(self, generation: int, name: str, file: Path) -> None:  # noqa: D102
        png = read_bytes(file, None)
        width, height = struct.unpack(">II", png[16:24])  # where PNG files have them
        image = summary_pb2.Summary.Image(
            height=height, width=width, colorspace=3, encoded_image_string=png
        )
        self._sum_up(generation, [summary_pb2.Summary.Value(tag=name, image=image)])

    def results(self, generation: int, results: Mapping[str, float | str]) -> None:  # noqa: D102
        numbers = {f"results/{n}": v for n, v in results.items() if not isinstance(v, str)}
        self._sum_up(generation, [_text("results", _table(results)), *_scalars(numbers)])

    def flush(self) -> None:  # noqa: D102
        self._writer.flush()

    def close(self, ending: Ending) -> None:  # noqa: D102
        self._writer.close()

    def _sum_up(self, generation: int, values: list[Any]) -> None:
        self._add(generation, summary=summary_pb2.Summary(value=values))

    def _add(self, generation: int, **content: Any) -> None:
        event = event_pb2.Event(wall_time=time.time(), step=generation, **content)
        self._writer.add_event(event)


def _scalars(numbers: Mapping[str, float]) -> list[Any]:
    return [summary_pb2.Summary.Value(tag=n, simple_value=value) for n, value in numbers.items()]


def _text(name: str, content: str) -> Any:
    """Write Markdown."""
    about = text.create_summary_metadata(display_name=name, description="")
    tensor = tensor_util.make_tensor_proto(content.encode())
    return summary_pb2.Summary.Value(tag=name, metadata=about, tensor=tensor)


def _table(values: Mapping[str, float | str]) -> str:
    rows = [f"| {name} | {str(each).replace('|', '&#124;')} |" for name, each in values.items()]
    return "\n".join(["| | |", "|---|---|", *rows])
