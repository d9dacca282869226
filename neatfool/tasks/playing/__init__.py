"""Playing: networks act in a world, and are scored by what that brings."""

from neatfool.sections.world import PlaySettings as PlaySettings
from neatfool.tasks.playing.episodes import play as play
from neatfool.tasks.playing.generalisation import examine as examine
from neatfool.tasks.playing.playing import Playing as Playing
from neatfool.tasks.playing.playing import playing as playing
