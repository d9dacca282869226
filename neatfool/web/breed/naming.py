"""What networks see in pictures."""

import threading
from dataclasses import replace

from neatfool import classifiers
from neatfool.classifiers import MODELS, Classifier, ClassifierSettings, has_weights
from neatfool.images import Canvas, render, to_grid
from neatfool.networks import Graphs, compile_graphs
from neatfool.reporting import Reporter
from neatfool.types import CPU, Floats, Images
from neatfool.web.refusal import Refusal

_LUMA = (0.299, 0.587, 0.114)  # of red, green and blue in grey (ITU-R BT.601)


class Models:
    """The networks of the package, loaded when they are first asked, and maybe one more.

    Args:
        more: A network to load at once.
        reporter: Hears of progress where its weights are fetched.

    Raises:
        NeatfoolError: It cannot be loaded.
    """

    def __init__(self, more: ClassifierSettings | None, reporter: Reporter | None = None) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[str, Classifier] = {}
        self.classes = {n: model.labels for n, model in MODELS.items() if has_weights(n)}
        if more is not None:
            network = classifiers.build(more, CPU, reporter)
            self._loaded[network.name] = network
            self.classes[network.name] = network.labels

    def check(self, name: str) -> None:
        """Make sure that there is a network of that name.

        Raises:
            Refusal: There is none.
        """
        if name not in self.classes:
            raise Refusal(
                422,
                f"expected a network of {', '.join(self.classes)}, got {name!r:.60}: choose one",
            )

    def confidences(self, name: str, graphs: Graphs, canvas: Canvas) -> Floats:
        """Ask a network about pictures: ``(P, K)`` float32, one request at a time."""
        self.check(name)
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = classifiers.build(ClassifierSettings(model=name), CPU)
            network = self._loaded[name]
            answer: Floats = network(view(network, graphs, canvas)).numpy()
            return answer


def view(network: Classifier, graphs: Graphs, canvas: Canvas) -> Images:
    """Paint pictures as a network wants them: at its own size, since a CPPN paints any.

    Coloured pictures become grey for a network of grey ones, by their luma; grey ones get three
    equal channels for one of colours.
    """
    channels, height, width = network.shape
    sized = replace(canvas, shape=(canvas.shape[0], height, width))
    images = render(compile_graphs(graphs), sized, CPU)
    if channels == canvas.shape[0]:
        return images
    if channels == 3:
        return images.repeat(1, 3, 1, 1)
    weights = images.new_tensor(_LUMA).view(1, 3, 1, 1)
    return to_grid((images * weights).sum(1, keepdim=True))
