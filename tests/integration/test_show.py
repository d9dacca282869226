"""Networks drawn from the command line: of any run, and of files."""

import json
import random
import shutil
from pathlib import Path

import neat
import numpy as np
import pytest
import torch
from neat.export import export_network_json
from neat.innovation import InnovationTracker
from PIL import Image

from neatfool import past, reports, runs
from neatfool.encodings import Bare, Birth, Cppn, CppnSettings
from neatfool.encodings.encoding import prefixed
from neatfool.encodings.interchange import Picture, to_json, to_png
from neatfool.images import Canvas, to_levels
from neatfool.runs.checkpoint import save_checkpoint
from tests.command import assert_refused, digests, neatfool
from tests.neat_genomes import xor_config
from tests.unit.encodings.interchange.test_picbreeder import GOOD, stored
from tests.unit.encodings.interchange.test_reading import zipped

KINDS = {
    "cppn": ("encoding.kind=cppn",),
    "offset": ("encoding.kind=offset",),
    "switch": ("encoding.kind=switch",),
    "pipelined": ("search.pipelined=true",),
    "neat": ("search.kind=neat", "encoding.kind=offset"),
}


def made(folder: Path, *changes: str) -> Path:
    size = ["run.generations=3", "search.batch=24", "task.classes=[0, 3, 7]"]
    reports.run(runs.load_config(None, [*size, *changes]), folder)
    return folder


@pytest.fixture(scope="module")
def offset_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("runs") / "offset", *KINDS["offset"])


@pytest.mark.parametrize("kind", KINDS)
def test_runs_of_every_kind_are_drawn(kind: str, tmp_path: Path) -> None:
    folder = made(tmp_path / "run", *KINDS[kind])
    outcome = neatfool("show", folder, "--class", 3, "--whole")
    assert outcome.code == 0, outcome.err
    path = folder / "topology_3.svg"
    assert outcome.out.splitlines()[0] == str(path)
    assert ("offsets" in outcome.out) == ("encoding.kind=offset" in KINDS[kind])
    assert b"node-0" in path.read_bytes()


def test_an_unfinished_run_is_drawn_and_not_touched(run: Path, tmp_path: Path) -> None:
    for name in ("report.json", "elites.safetensors"):
        (run / name).unlink()
    (run / "checkpoints" / "00000008.safetensors").unlink()
    before = digests(run)
    out = tmp_path / "new" / "one.pdf"
    outcome = neatfool("show", run, "--nodes", "symbols", "--out", out)
    assert outcome.code == 0, outcome.err
    assert out.read_bytes().startswith(b"%PDF")
    assert digests(run) == before


def test_the_best_elite_is_drawn_unless_one_is_named(run: Path) -> None:
    classes = json.loads((run / "report.json").read_text())["niches"]
    best = max(classes, key=lambda entry: float(entry["score"]))
    assert reports.of_run(run).index == best["index"]
    for entry in classes:
        subject = reports.of_run(run, str(entry["index"]))
        assert (subject.index, subject.niche) == (entry["index"], entry["index"])


def test_without_a_node_confidences_are_those_of_the_pictures(offset_run: Path) -> None:
    subject = reports.of_run(offset_run, "7", scored=True)
    assert subject.niche == 2
    made = reports.ablate(subject)
    assert len(made.images) == len(made.scores) == 1 + len(made.nodes)
    assert subject.task is not None
    again = torch.cat([torch.from_numpy(subject.task.score(each[None])) for each in made.images])
    np.testing.assert_array_equal(made.scores, again[:, 2].numpy())
    archive = past.read_standing(offset_run).archive
    assert made.scores[0] == archive.scores[2]
    file = next((offset_run / "elites").glob("7_*.png"))
    np.testing.assert_array_equal(to_levels(made.images[:1])[0, 0], np.asarray(Image.open(file)))


def test_ablations_are_drawn_beside(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.png"
    outcome = neatfool("show", run, "--ablate", "--out", out, "--width", 900)
    assert outcome.code == 0, outcome.err
    assert outcome.out.split() == [str(out), str(tmp_path / "net_ablation.png")]
    for path in outcome.out.split():
        with Image.open(path) as picture:
            assert picture.width == pytest.approx(900, abs=1)


def test_networks_that_paint_nothing_are_drawn(tmp_path: Path) -> None:
    changes = ["run.generations=2", "search.batch=20"]
    config = runs.load_config(Path("configs/neat/xor.toml"), changes)
    reports.run(config, tmp_path / "xor")
    outcome = neatfool("show", tmp_path / "xor")
    assert outcome.code == 0, outcome.err
    refused = neatfool("show", tmp_path / "xor", "--nodes", "images")
    assert_refused(refused, "choose symbols")
    assert_refused(neatfool("show", tmp_path / "xor", "--ablate"), "a network that paints")


def test_files_are_drawn(run: Path, tmp_path: Path) -> None:
    graphs = reports.of_run(run, "3").graphs
    (tmp_path / "a.json").write_text(to_json(graphs))
    (tmp_path / "b.png").write_bytes(to_png(Picture(graphs, Canvas((1, 20, 30)))))
    for name in ("a.json", "b.png"):
        outcome = neatfool("show", tmp_path / name)
        assert outcome.code == 0, outcome.err
        assert outcome.out.strip() == str((tmp_path / name).with_suffix(".svg"))
    outcome = neatfool("show", tmp_path / "a.json", "--ablate", "--class", 3)
    assert outcome.code == 0, outcome.err
    network = runs.build(runs.load_config(None)).task.classifier
    subject = reports.of_file(tmp_path / "b.png", network, "3")
    confidence = reports.ablate(subject).scores[0]
    assert confidence == reports.ablate(reports.of_run(run, "3", scored=True)).scores[0]


def exported(inputs: int, outputs: int, seed: int = 0) -> str:
    """Evolve nothing, but mutate a genome of neat-python, and let neat-python write its network."""
    config = xor_config()
    known = config.genome_config
    known.num_inputs, known.num_outputs = inputs, outputs
    known.input_keys, known.output_keys = [-1 - i for i in range(inputs)], [*range(outputs)]
    known.innovation_tracker = InnovationTracker()
    random.seed(seed)
    genome = neat.DefaultGenome(1)
    genome.configure_new(known)
    for _ in range(10):
        genome.mutate(known)
    return export_network_json(neat.nn.FeedForwardNetwork.create(genome, config))


@pytest.mark.filterwarnings("ignore:datetime")
@pytest.mark.parametrize(
    ("inputs", "outputs", "nodes"),
    [(1, 1, ()), (2, 1, ()), (2, 1, ("--nodes", "symbols")), (4, 2, ()), (20, 3, ())],
)
@pytest.mark.parametrize("kind", ["json", "export"])
def test_networks_of_any_inputs_and_outputs_are_drawn(
    kind: str, inputs: int, outputs: int, nodes: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "g.json"
    if kind == "export":
        path.write_text(exported(inputs, outputs))
    else:
        bare = Cppn(CppnSettings(), Bare(tuple(f"in {i}" for i in range(inputs)), outputs))
        path.write_text(to_json(bare.new(1, Birth(1, np.random.default_rng(0)))))

    outcome = neatfool("show", path, *nodes, "--whole")

    assert outcome.code == 0, outcome.err
    drawn = path.with_suffix(".svg").read_bytes()
    assert all(b'id="node-%d"' % node in drawn for node in range(inputs + outputs))
    assert b"i%d" % (inputs - 1) in drawn


@pytest.mark.filterwarnings("ignore:datetime")
def test_networks_that_paint_nothing_have_no_images_and_no_class(tmp_path: Path) -> None:
    path = tmp_path / "g.json"
    path.write_text(exported(2, 1))
    assert_refused(neatfool("show", path, "--nodes", "images"), "choose symbols")
    for arguments in (("--ablate",), ("--class", "3")):
        outcome = neatfool("show", path, *arguments)
        assert_refused(outcome, "2 inputs and 1 outputs", "paints nothing", "leave out --class")


@pytest.mark.filterwarnings("ignore:datetime")
def test_networks_of_neat_python_are_drawn_with_symbols_whatever_their_size(tmp_path: Path) -> None:
    path = tmp_path / "four.json"
    path.write_text(exported(4, 1))
    assert neatfool("show", path).code == 0
    assert b"input bias" not in path.with_suffix(".svg").read_bytes()
    assert_refused(neatfool("show", path, "--nodes", "images"), "choose symbols")


def test_what_cannot_be_drawn_is_refused(run: Path, tmp_path: Path) -> None:
    pixels = made(tmp_path / "pixels", "encoding.kind=pixels")
    switched = made(
        tmp_path / "switched", "encoding.kind=switch", "encoding.at=2", "search.kind=neat"
    )
    (tmp_path / "bad.json").write_text("{}")
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    colour = tmp_path / "colour.json"
    cppn = Cppn(CppnSettings(), Canvas((3, 8, 8)))
    colour.write_text(to_json(cppn.new(1, Birth(1, np.random.default_rng(0)))))
    storage = tmp_path / "storage.zip"
    storage.write_bytes(zipped(("a", stored(GOOD, GOOD).encode())))
    assert neatfool("show", storage, "--genome", 2, "--quiet").code == 0
    for arguments, messages in {
        (pixels,): ("hold no network that could be drawn", "offset or switch"),
        (run, "--class", "12"): ("by name or by index", "got '12'"),
        (pixels, "--class", "4"): ("got '4'", "(0, 3, 7)"),
        (run, "--class", "robin"): ("name of a class",),
        (run, "--genome", "1"): ("choose one by --class",),
        (storage,): ("a file of 2: choose one", "--genome 1"),
        (storage, "--genome", "3"): ("from 1 to 2, got 3",),
        (colour, "--genome", "2"): ("from 1 to 1, got 2",),
        (run, "--model", "lenet5"): ("a run has a classifier of its own",),
        (run, "--out", folder): ("cannot write to", "Is a directory", "--out"),
        (run, "--width", "900"): ("PNG file", "--out"),
        (run, "--out", "net.gif"): (".svg, .png or .pdf", "net.gif"),
        (tmp_path, "--class", "1"): ("holds no run",),
        (tmp_path / "none",): ("none cannot be read", "No such file"),
        (tmp_path / "bad.json",): ("error:",),
        (colour, "--ablate"): ("takes images of 1 channels", "paints 3"),
    }.items():
        assert_refused(neatfool("show", *arguments), *messages)
    assert past.read_standing(switched).archive.genomes.is_direct.all()
    assert_refused(neatfool("show", switched), "has switched")


def test_a_run_without_a_whole_checkpoint_is_told_how_to_get_one(run: Path) -> None:
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:300])
    outcome = neatfool("show", run)
    assert_refused(outcome, "expected a whole checkpoint, got 3 damaged ones", "neatfool resume")
    assert len(outcome.err.splitlines()) == 1
    shutil.rmtree(run / "checkpoints")
    assert_refused(neatfool("show", run), "has no elites yet", "got none", "neatfool resume")
    outcome = neatfool("resume", run)
    assert outcome.code == 0, outcome.err
    assert neatfool("show", run).code == 0


@pytest.mark.parametrize("line", [b"\x00\xff", b"[1, 2]", b'{"key": 1}'])
@pytest.mark.parametrize("name", ["metrics.jsonl", "lineage.jsonl"])
def test_records_that_are_garbage_are_named(run: Path, name: str, line: bytes) -> None:
    (run / name).write_bytes(9 * (line + b"\n"))
    assert neatfool("show", run, "--quiet").code == 0, "a drawing takes the checkpoint alone"
    outcome = neatfool("plot", run)
    assert_refused(outcome, "has damaged records: expected", name, f"`neatfool resume {run}` mends")
    assert neatfool("resume", run, "--quiet").code == 0
    assert neatfool("plot", run, "--quiet").code == 0


def test_a_run_that_was_stopped_in_its_first_generation_has_no_elites_yet(run: Path) -> None:
    parts = runs.build(past.read_config(run))
    for path in (run / "checkpoints").iterdir():
        path.unlink()
    save_checkpoint(run / "checkpoints", 0, prefixed("search.", parts.search.state()))
    for name in ("metrics.jsonl", "lineage.jsonl"):
        (run / name).write_text("")

    assert_refused(neatfool("show", run), "has no elites yet", f"`neatfool resume {run}`")
    assert_refused(neatfool("plot", run), "no generation on disk yet", f"`neatfool resume {run}`")
