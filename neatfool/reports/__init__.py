"""What is made of runs: reports, pictures, films."""

from neatfool.reports.again import report_again as report_again
from neatfool.reports.main_job import run as run
from neatfool.reports.pages.gate_page import gate_page as gate_page
from neatfool.reports.played import Showing as Showing
from neatfool.reports.played import play as play
from neatfool.reports.plot import PICTURES as PICTURES
from neatfool.reports.plot import Plots as Plots
from neatfool.reports.plot import Wanted as Wanted
from neatfool.reports.plot import plot as plot
from neatfool.reports.poster import Poster as Poster
from neatfool.reports.poster import poster_of_file as poster_of_file
from neatfool.reports.poster import poster_of_run as poster_of_run
from neatfool.reports.publish import publish as publish
from neatfool.reports.show import Ablation as Ablation
from neatfool.reports.show import Subject as Subject
from neatfool.reports.show import ablate as ablate
from neatfool.reports.show import drawing as drawing
from neatfool.reports.show import of_file as of_file
from neatfool.reports.show import of_run as of_run
from neatfool.reports.show import strip as strip
from neatfool.reports.words import unit_of as unit_of
