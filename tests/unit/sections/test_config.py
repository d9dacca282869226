import operator
from pathlib import Path

import pytest

from neatfool import encodings
from neatfool.errors import ConfigError
from neatfool.kinds import Kinds
from neatfool.runs import KINDS, Config, dump_config, load_config
from neatfool.sections.detector import KINDS as DETECTORS

ENCODINGS = list(encodings.KINDS.named)

FLAT = [
    *(f"encoding.canvas.{key}" for key in encodings.CanvasSettings.model_fields),
    *(f"encoding.structure.{key}" for key in encodings.StructureSettings.model_fields),
    *(f"search.distance.{key}" for key in encodings.Compatibility.model_fields),
]
WRONG = {
    "unknown section": ("serach.batch=3", "unknown key serach: did you mean search?"),
    "section like none": ("zzz.a=1", "unknown key zzz: choose from task, encoding, search"),
    "unknown key": ("run.generation=3", "unknown key run.generation: did you mean run.generations"),
    "unknown key of cppn": (
        "encoding.structure.add_node_rat=0",
        "did you mean encoding.structure.add_node_rate?",
    ),
    "key of another encoding": (
        "encoding.halve_every=9",
        "unknown key encoding.halve_every: encoding.kind cppn has none; it is a key of pixels",
    ),
    "unknown encoding": ("encoding.kind=cpnn", "unknown encoding cpnn: did you mean cppn?"),
    "encoding like none": ("encoding.kind=zzz", "unknown encoding zzz: choose from cppn, pixels"),
    "unknown key of a search": ("search.batsh=3", "unknown key search.batsh: did you mean search"),
    "key of another search": (
        "search.threshold=3",
        "unknown key search.threshold: search.kind map-elites has none",
    ),
    "unknown search": ("search.kind=neet", "unknown search neet: did you mean neat?"),
    "encoding of a wrong type": ("encoding.kind=3", "unknown encoding 3: choose from"),
    "text for a number": ("run.generations=many", "run.generations: expected a whole number"),
    "fraction for a whole number": ("search.batch=2.5", "search.batch: expected "),
    "number for text": (
        "task.classifier.model=3",
        "task.classifier.model: expected text",
    ),
    "number for a list": ("task.classes=3", "task.classes: expected a list"),
    "fraction in a list": (
        "task.classes=[0, 1.5]",
        "task.classes.1.int: expected a whole number",
    ),
    "empty list": ("task.classes=[]", "task.classes"),
    "negative seed": ("run.seed=-1", "run.seed: expected a number of at least 0"),
    "seed too large": ("run.seed=9223372036854775808", "run.seed: expected a number "),
    "no generations": ("run.generations=0", "run.generations: expected a number "),
    "generations absurd": (
        "run.generations=1000000000000",
        "run.generations: expected a number",
    ),
    "batch absurd": ("search.batch=1000000000000", "search.batch: expected a number "),
    "workers absurd": ("run.workers=threads:1000000", "run.workers: expected threads, processes"),
    "rate above one": ("encoding.weight_rate=1.5", "encoding.weight_rate: expected a number"),
    "not a number": ("encoding.weight_range=nan", "encoding.weight_range: expected"),
    "infinite": ("run.seconds=inf", "run.seconds: expected a finite number"),
    "too long a number": ("run.seed=" + "1" * 5000, "run.seed: Unable to parse"),
    "unknown device": ("run.device=gpu", "run.device: expected auto, cpu, cuda, or GPUs"),
    "unknown activation": ("encoding.activations=['gausian']", "gaussian"),
    "no equals sign": ("run.seed", "expected section.key=value, such as run.seed=3"),
    "no section": ("seed=3", "expected section.key=value"),
    "an unknown section": ("rum={seed=3}", "did you mean run?"),
    "no name of a section": ("={seed=3}", "expected section.key=value"),
    "no key": ("run.=3", "expected section.key=value"),
    "below a key": ("run.seed.more=3", "run.seed: expected a whole number"),
}


WRONG_NESTED = {
    "unknown key of networks": (
        ("switch", "indirect.weight_rat=1"),
        "unknown key encoding.indirect.weight_rat: did you mean encoding.indirect.weight_rate?",
    ),
    "unknown key of a kind": (
        ("switch", "direct.kind=pixels", "direct.sigma=1"),
        "unknown key encoding.direct.sigma: choose from kind, mutation_rate, halve_every",
    ),
    "value out of range": (
        ("offset", "indirect.weight_rate=2"),
        "encoding.indirect.weight_rate: expected a number of at most 1, got 2",
    ),
    "value of a kind out of range": (
        ("switch", "direct.kind=weights", "direct.sigma=-1"),
        "encoding.direct.sigma: expected a number above 0, got -1",
    ),
    "no kind": (
        ("switch", "direct.mutation_rate=1"),
        "encoding.direct.kind is missing: choose from pixels, weights",
    ),
    "unknown kind": (
        ("switch", "direct.kind=pixls"),
        "unknown encoding.direct pixls: did you mean pixels?",
    ),
    "the one kind there is": (
        ("offset", "indirect.kind=pixels"),
        "encoding.indirect.kind: expected 'cppn', got 'pixels'",
    ),
    "no section": (("offset", "indirect=3"), "encoding.indirect: expected "),
    "no section of a kind": (("switch", "direct=3"), "encoding.direct: expected "),
    "below a value": (("offset", "kind.more=3"), "encoding.kind must be a section with keys"),
    "no key": (("offset", "indirect.=3"), "expected section.key=value"),
}


def assert_config_error(message: str, path: Path | None = None, changes: list[str] = []) -> None:  # noqa: B006
    with pytest.raises(ConfigError) as caught:
        load_config(path, changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("case", WRONG)
def test_wrong_settings_are_named(case: str) -> None:
    change, message = WRONG[case]
    assert_config_error(message, changes=[change])


def test_of_a_search_that_is_not_the_default_the_keys_are_known() -> None:
    neat = "search.kind=neat"
    assert load_config(None, [neat, "search.threshold=2"]).search.threshold == 2
    assert_config_error("unknown key search.pipelined", changes=[neat, "search.pipelined=true"])
    assert_config_error("did you mean search.survival?", changes=[neat, "search.survivl=1"])
    assert_config_error("search.survival: expected", changes=[neat, "search.survival=2"])


@pytest.mark.parametrize("case", WRONG_NESTED)
def test_wrong_settings_of_encodings_in_encodings_are_named(case: str) -> None:
    (kind, *changes), message = WRONG_NESTED[case]
    changes = [f"encoding.{change}" for change in (f"kind={kind}", *changes)]
    assert_config_error(message, changes=changes)


def test_encodings_in_encodings_are_sections_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        "[encoding]\nkind = 'switch'\nat = 9\n[encoding.indirect]\nweight_rate = 0.2\n"
        "[encoding.direct]\nkind = 'pixels'\nmutation_rate = 0.3\n"
    )

    encoding = load_config(path, ["encoding.direct.halve_every=7"]).encoding

    assert (encoding.at, encoding.indirect.weight_rate) == (9, 0.2)
    assert (encoding.direct.mutation_rate, encoding.direct.halve_every) == (0.3, 7)


@pytest.mark.parametrize("case", ["unknown key", "batch absurd", "negative seed"])
def test_wrong_settings_of_a_file_are_named_with_the_file(case: str, tmp_path: Path) -> None:
    change, message = WRONG[case]
    section, _, rest = change.partition(".")
    path = tmp_path / "wrong.toml"
    path.write_text(f"[{section}]\n{rest}\n")
    assert_config_error(f"{path}: {message}", path)


def test_keys_that_do_not_go_together_are_named_without_all_others() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(changes=["search.kind=neat", "search.step=0.3"])
    message = "search: step has no effect with species = 0: leave it out, or set species"
    assert str(caught.value) == message
    assert_config_error("got [1.0, 0.0]", changes=["task.classifier.bounds=[1, 0]"])


def test_no_more_than_three_faults_are_named() -> None:
    changes = [f"run.wrong{i}=1" for i in range(9)]
    with pytest.raises(ConfigError) as caught:
        load_config(None, changes)
    assert str(caught.value).count("unknown key") == 3


def test_without_anything_it_is_the_main_job() -> None:
    config = load_config()

    assert config == Config()
    assert config.task.classifier.model == "lenet5"
    assert config.encoding.kind == "cppn"
    assert (config.run.generations, config.search.batch, config.run.seed) == (200, 200, 0)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("run.seed=3", 3),
        (" run.seed = 3 ", 3),
        ("run.target=0.9999", 0.9999),
        ("run.target=1", 1.0),
        ("run.tolerance=1e-6", 1e-6),
        ("task.classes=[0, 3, 7]", (0, 3, 7)),
        ("run.device=cpu", "cpu"),
        ('run.device="cpu"', "cpu"),
        ("encoding.activations=['sine', 'gaussian']", ("sine", "gaussian")),
        ("task.classifier.weights=/a folder/w=1.safetensors", Path("/a folder/w=1.safetensors")),
    ],
)
def test_a_change_sets_one_key(change: str, value: object) -> None:
    config = load_config(None, [change])

    assert operator.attrgetter(change.partition("=")[0].strip())(config) == value


def test_a_change_sets_a_whole_section_and_leaves_nothing_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[encoding]\nsigma = 0.5\n[run]\nseed = 1\n")

    config = load_config(path, ['encoding={kind="pixels"}'])

    assert config.encoding == encodings.PixelSettings()
    assert config.run.seed == 1


def test_of_two_changes_the_later_holds_and_both_come_after_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[run]\nseed = 1\ngenerations = 5\n")

    config = load_config(path, ["run.seed=2", "run.seed=3"])

    assert (config.run.seed, config.run.generations) == (3, 5)


@pytest.mark.parametrize(
    "content", [b"{}", b"[run", b"seed: 3", b"\xff\xfe", b"[run]\nseed = 1\nseed = 2"]
)
def test_what_is_not_toml_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    assert_config_error(f"{path} is not TOML", path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert_config_error("cannot read the config", tmp_path)
    assert_config_error("No such file or directory", tmp_path / "none.toml")


@pytest.mark.parametrize(
    "content", ["run = 3", "encoding = 3", "search = 3", "encoding = 'cppn'", "task = []"]
)
def test_a_section_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(content)
    assert_config_error(f"{path}: {content.partition(' ')[0]}", path)
    section = content.partition(" ")[0]
    assert_config_error("must be a section with keys", path, [f"{section}.kind=1"])


def test_a_group_that_is_none_is_refused_where_a_task_has_usual_ones() -> None:
    for kind, change in (("cart-pole", "search.distance=5"), ("gym", "encoding.structure=5")):
        key = change.partition("=")[0]
        assert_config_error(f"{key}: expected", changes=[f"task.kind={kind}", change])


@pytest.mark.parametrize(
    "changes",
    [
        [],
        *([f"encoding.kind={kind}"] for kind in ENCODINGS),
        ["search.kind=neat", "search.rules=neat-python"],
        ["encoding.strength=0.1", "encoding.activations=['tanh']", "search.crossover=1e-17"],
        ["run.seed=9223372036854775807", "run.tolerance=0", "run.target=1", "run.seconds=1e300"],
        ["task.classes=[9, 0]", "task.classifier.weights=w 'x' \\ \".safetensors"],
        ["encoding.kind=pixels", "encoding.start=pictures/ü"],
        ["encoding.kind=switch", "encoding.stagnation=5", "encoding.indirect.weight_rate=0.2"],
        ["encoding.kind=switch", "encoding.direct.kind=weights", "encoding.direct.sigma=2"],
    ],
    ids=str,
)
def test_what_is_dumped_loads_as_the_same(changes: list[str], tmp_path: Path) -> None:
    config = load_config(None, changes)
    path = tmp_path / "config.toml"
    path.write_text(dump_config(config), encoding="utf-8")

    assert load_config(path) == config
    assert dump_config(load_config(path)) == dump_config(config)


def test_paths_still_mean_the_same_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    config = load_config(None, ["task.classifier.weights=here/w.safetensors"])

    assert config.task.classifier.weights == tmp_path / "here" / "w.safetensors"
    assert str(tmp_path) in dump_config(config)


@pytest.mark.parametrize("name", FLAT)
def test_a_key_without_its_group_is_told_where_it_is(name: str) -> None:
    section, _, key = name.split(".")
    with pytest.raises(ConfigError, match=f"did you mean {name}\\?"):
        load_config(None, ["search.kind=neat", f"{section}.{key}=1"])


@pytest.mark.parametrize(
    "setting",
    [
        "dict = {'a': None}",
        "list = [None]",
        "bytes = b'\\xff'",
        "str = '\\ud800'",
        "object = print",
    ],
)
def test_settings_of_users_that_toml_cannot_hold_are_refused(setting: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from neatfool import KindSettings, Task\n"
        "class Own(KindSettings):\n    model_config = {'arbitrary_types_allowed': True}\n"
        f"    odd: {setting}\n"
        "class Mine(Task):\n    Settings, score = Own, print\n"
    )
    config = load_config(None, [f"task.kind={file}:Mine"])

    with pytest.raises(ConfigError, match="task: expected settings that TOML can hold"):
        dump_config(config)


@pytest.mark.parametrize("kinds", [*KINDS.values(), DETECTORS], ids=lambda kinds: kinds.part)
def test_settings_and_the_class_of_a_kind_name_each_other(kinds: Kinds) -> None:
    for settings in kinds.named.values():
        assert kinds.owner(settings.model_construct()).Settings is settings
