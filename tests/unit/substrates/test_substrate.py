import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import compile_graphs
from neatfool.substrates import (
    LinkSettings,
    SheetSettings,
    Substrate,
    SubstrateSettings,
    sandwich,
    substrate,
)
from tests.cppns import linear_cppn, random_cppns

RAW = LinkSettings(rule="raw", max_weight=1.0)
TETRIS = (
    ("blocks", "hidden"),
    ("holes", "hidden"),
    ("hidden", "out"),
    ("blocks", "out"),
    ("holes", "out"),
)


def sheets(activation: str = "tanh") -> tuple[SheetSettings, ...]:
    return (
        SheetSettings(name="blocks", role="input", width=2, height=3),
        SheetSettings(name="holes", role="input", width=2, height=3),
        SheetSettings(name="hidden", role="hidden", width=2, height=3, activation=activation),
        SheetSettings(name="out", role="output", activation="identity"),
    )


def several(**links) -> Substrate:
    return Substrate(SubstrateSettings(sheets=sheets(), pairs=TETRIS, links=LinkSettings(**links)))


def test_weights_stand_source_by_source() -> None:
    medium = Substrate(sandwich(2, 1, RAW))
    cppn = linear_cppn(medium, {"x1": 0.5, "x2": 0.25})

    weights = medium.express(compile_graphs(cppn))

    assert weights.dtype == torch.float32
    assert weights.tolist() == [[-0.75, -0.25, 0.25, 0.75]]


def test_the_bias_input_is_a_setting() -> None:
    medium = Substrate(sandwich(1, 1, LinkSettings(rule="raw", max_weight=2.0, bias=0.3)))

    weights = medium.express(compile_graphs(linear_cppn(medium, {"bias": 1.0})))

    assert weights.tolist() == [[pytest.approx(0.6)]]


def test_each_pair_of_sheets_has_an_output_of_its_own() -> None:
    medium = several(rule="raw", max_weight=1.0)
    values = [0.1, 0.2, 0.3, 0.4, 0.5]

    weights = medium.express(
        compile_graphs(linear_cppn(medium, *({"bias": value} for value in values)))
    )

    assert medium.outputs == 5
    assert medium.shape == (36 + 36 + 6 + 6 + 6,)
    assert weights[0].tolist() == pytest.approx(
        [0.1] * 36 + [0.2] * 36 + [0.3] * 6 + [0.4] * 6 + [0.5] * 6
    )


def test_expression_and_biases_come_after_the_links() -> None:
    medium = several(rule="leo", max_weight=1.0, biases=True)
    links = [{"bias": 0.5}] * 5
    expressed = [{"bias": 1.0}, {}, {"bias": 1.0}, {}, {"bias": 1.0}]
    biases = [{"x2": 0.5, "x1": 9.0}, {"bias": 0.25, "y2": 9.0}]

    weights = medium.express(compile_graphs(linear_cppn(medium, *links, *expressed, *biases)))

    assert medium.outputs == 12
    assert medium.leo_outputs == (5, 6, 7, 8, 9)
    assert weights[0].tolist() == (
        [0.5] * 36 + [0.0] * 36 + [0.5] * 6 + [0.0] * 6 + [0.5] * 6
        + [-0.5, 0.5] * 3
        + [0.25]
    )  # fmt: skip


def test_a_single_node_at_the_origin_is_no_bias() -> None:
    ends = [SheetSettings(name=role, role=role) for role in ("input", "output")]
    links = LinkSettings(rule="leo", max_weight=1.0, biases=True)
    medium = Substrate(SubstrateSettings(sheets=tuple(ends), links=links))
    cppn = linear_cppn(medium, {"bias": 0.5}, {"bias": -1.0}, {"bias": 0.25})

    assert medium.express(compile_graphs(cppn)).tolist() == [[0, 0.25]]


def test_run_follows_the_sheets() -> None:
    medium = several(rule="raw", max_weight=1.0, biases=True)
    weights = torch.randn(4, *medium.shape, generator=torch.Generator().manual_seed(1))
    inputs = torch.randn(7, 12, generator=torch.Generator().manual_seed(2))

    outputs = medium.run(weights, inputs)

    assert outputs.shape == (4, 7, 1)
    for w, found in zip(weights.numpy(), outputs.numpy(), strict=True):
        b_h, g_h, h_o, b_o, g_o, at_h, at_o = np.split(w, np.cumsum([36, 36, 6, 6, 6, 6]))
        blocks, holes = np.split(inputs.numpy(), 2, axis=1)
        hidden = np.tanh(blocks @ b_h.reshape(6, 6) + holes @ g_h.reshape(6, 6) + at_h)
        expected = hidden @ h_o + blocks @ b_o + holes @ g_o + at_o
        assert found[:, 0] == pytest.approx(expected, abs=1e-5)


def test_each_network_can_have_inputs_of_its_own() -> None:
    medium = several()
    weights = torch.randn(3, *medium.shape, generator=torch.Generator().manual_seed(1))
    inputs = torch.randn(3, 5, 12, generator=torch.Generator().manual_seed(2))

    outputs = medium.run(weights, inputs)

    for place in range(3):
        alone = medium.run(weights[[place]], inputs[place])
        assert torch.equal(outputs[place], alone[0])


def test_run_leaves_weights_and_inputs_as_they_are() -> None:
    medium = several(biases=True)
    weights = torch.randn(2, *medium.shape)
    inputs = torch.randn(3, 12)
    before = weights.clone(), inputs.clone()

    medium.run(weights, inputs)

    assert torch.equal(weights, before[0])
    assert torch.equal(inputs, before[1])


def test_large_substrates_are_asked_in_parts(monkeypatch) -> None:
    medium = several(rule="leo", biases=True, deltas=True, distance=True)
    networks = compile_graphs(random_cppns(medium, count=3))
    expected = medium.express(networks)

    monkeypatch.setattr(substrate, "_VALUES_AT_ONCE", 40)

    assert torch.equal(medium.express(networks), expected)


def test_each_set_of_positions_is_asked_once(monkeypatch) -> None:
    asked = []
    execute = substrate.execute
    monkeypatch.setattr(
        substrate, "execute", lambda n, x: asked.append(x.shape[1]) or execute(n, x)
    )
    medium = several()

    medium.express(compile_graphs(random_cppns(medium)))

    assert asked == [36, 6]


def test_the_same_cppns_fit_more_resolution() -> None:
    low = Substrate(sandwich(3, 3, LinkSettings(rule="raw")))
    high = low.scaled(5)
    networks = compile_graphs(random_cppns(low, count=2))

    coarse = low.express(networks).view(2, 9, 9)
    fine = high.express(networks).view(2, 225, 225)

    assert (high.inputs, high.outputs) == (low.inputs, low.outputs)
    assert high.shape == (225 * 225,)
    same = [0, 7, 14, 105, 112, 119, 210, 217, 224]  # where both have nodes
    assert torch.equal(fine[:, same][:, :, same], coarse)


@pytest.mark.parametrize(("inputs", "outputs"), [(4, 5), (5, 4), (5, 6)])
def test_cppns_that_do_not_fit_are_an_error(inputs, outputs) -> None:
    class Other:
        pass

    other = Other()
    other.inputs, other.outputs = range(inputs), outputs

    with pytest.raises(ShapeError, match=f"5 outputs.*got {inputs} inputs and {outputs} outputs"):
        several().express(compile_graphs(random_cppns(other)))


@pytest.mark.parametrize("shape", [(2, 89), (90,), (2, 91)])
def test_weights_of_another_substrate_are_an_error(shape) -> None:
    with pytest.raises(ShapeError, match=r"expected weights of shape \(P, 90\)"):
        several().run(torch.zeros(shape), torch.zeros(1, 12))


@pytest.mark.parametrize("shape", [(12,), (1, 11), (3, 1, 12), (1, 2, 1, 12)])
def test_inputs_that_do_not_fit_are_an_error(shape) -> None:
    with pytest.raises(ShapeError, match="expected inputs of shape"):
        several().run(torch.zeros(2, 90), torch.zeros(shape))


def test_without_pairs_each_sheet_leads_to_the_next() -> None:
    chain = SubstrateSettings(sheets=sheets()[1:])

    assert chain.connected == (("holes", "hidden"), ("hidden", "out"))
    assert Substrate(chain).shape == (42,)


def test_a_substrate_needs_sheets_and_a_path() -> None:
    with pytest.raises(ConfigError):
        SubstrateSettings(sheets=())
    with pytest.raises(ConfigError, match="no path leads from an input"):
        Substrate(SubstrateSettings(sheets=sheets(), pairs=()))


def test_cppns_evolve_over_a_substrate() -> None:
    medium = several(rule="leo", biases=True, deltas=True, distance=True)
    encoding = Cppn(CppnSettings(), medium)
    birth = Birth(1, np.random.default_rng(0))
    genomes = encoding.new(20, birth)
    for _ in range(10):
        genomes = encoding.vary(genomes, birth)

    weights = encoding.express(genomes)

    assert encoding.shape == medium.shape
    assert weights.shape == (20, *medium.shape)
    assert weights.isfinite().all()
    assert (weights.abs() <= 3).all()
    assert len(weights.unique(dim=0)) > 15
