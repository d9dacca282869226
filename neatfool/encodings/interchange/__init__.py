"""Single networks in other forms: JSON, networkx, ONNX, Python source; and pictures.

Genomes of neat-python are read and written by ``neatfool.encodings.neat.bridge``.
"""

from neatfool.encodings.interchange.json_text import from_json as from_json
from neatfool.encodings.interchange.json_text import to_json as to_json
from neatfool.encodings.interchange.neat_network import from_neat_json as from_neat_json
from neatfool.encodings.interchange.neat_network import from_neat_network as from_neat_network
from neatfool.encodings.interchange.networkx_graph import from_networkx as from_networkx
from neatfool.encodings.interchange.networkx_graph import to_networkx as to_networkx
from neatfool.encodings.interchange.onnx_model import to_onnx as to_onnx
from neatfool.encodings.interchange.picbreeder import from_picbreeder as from_picbreeder
from neatfool.encodings.interchange.picture import Picture as Picture
from neatfool.encodings.interchange.picture import to_png as to_png
from neatfool.encodings.interchange.picture import to_text as to_text
from neatfool.encodings.interchange.python_source import to_python as to_python
from neatfool.encodings.interchange.reading import read_network as read_network
from neatfool.encodings.interchange.reading import read_picture as read_picture
from neatfool.encodings.interchange.reading import read_pictures as read_pictures
