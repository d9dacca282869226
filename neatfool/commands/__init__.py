"""The commands, a file for each group; `cli` puts them together."""

from neatfool.commands import breed as breed
from neatfool.commands import browse as browse
from neatfool.commands import networks as networks
from neatfool.commands import plots as plots
from neatfool.commands import runs as runs
from neatfool.commands import show as show
