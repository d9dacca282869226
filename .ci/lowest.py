"""Print the lowest versions that setup.cfg allows, as constraints for pip.

PyTorch is left at the version of constraints.txt: its lowest one is a build of several gigabytes.
"""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("onnx", "experiments")


def main() -> None:
    """Print a line for each requirement of the package and of two extras."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = [settings["options"]["install_requires"]]
    texts += [settings["options.extras_require"][name] for name in EXTRAS]
    for line in "\n".join(texts).split():
        found = re.fullmatch(r"([\w-]+)>=([\d.]+).*", line)
        if found and found[1] != "torch":
            print(f"{found[1]}=={found[2]}")
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    print(re.search(r"^torch==.*$", pinned, re.MULTILINE)[0])


if __name__ == "__main__":
    main()
