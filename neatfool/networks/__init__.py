"""Networks: graphs in flat arrays, compiled and evaluated a whole population at a time."""

from neatfool.networks.anatomy import ablations as ablations
from neatfool.networks.anatomy import hidden_nodes as hidden_nodes
from neatfool.networks.anatomy import live_nodes as live_nodes
from neatfool.networks.anatomy import node_values as node_values
from neatfool.networks.compile import Networks as Networks
from neatfool.networks.compile import compile_graphs as compile_graphs
from neatfool.networks.dense import DensePolicy as DensePolicy
from neatfool.networks.dense import Layers as Layers
from neatfool.networks.executors import EXECUTORS as EXECUTORS
from neatfool.networks.executors import choose_executor as choose_executor
from neatfool.networks.executors import execute as execute
from neatfool.networks.executors import execute_each as execute_each
from neatfool.networks.executors import step as step
from neatfool.networks.graph import Graphs as Graphs
from neatfool.networks.policy import NetworkPolicy as NetworkPolicy
from neatfool.networks.policy import Played as Played
from neatfool.networks.policy import Policy as Policy
from neatfool.sections.activations import ACTIVATIONS as ACTIVATIONS
from neatfool.sections.activations import NEAT_NAMES as NEAT_NAMES
from neatfool.sections.activations import PAPER_ACTIVATIONS as PAPER_ACTIVATIONS
from neatfool.sections.activations import Activation as Activation
from neatfool.sections.activations import activation_codes as activation_codes
from neatfool.sections.encoding import Dynamics as Dynamics
