"""Topology of one network: the layout of its nodes and edges, and how they are drawn."""

from neatfool.viz.topology.drawing import Nodes as Nodes
from neatfool.viz.topology.drawing import topology as topology
from neatfool.viz.topology.inline import inline_topology as inline_topology
from neatfool.viz.topology.told import node_name as node_name
