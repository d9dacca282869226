"""Workers: a map over chunks of genomes, on threads, in processes and on a Ray cluster."""

from neatfool.sections.run import WorkersName as WorkersName
from neatfool.workers.choice import open_workers as open_workers
from neatfool.workers.jobs import in_processes as in_processes
from neatfool.workers.jobs import in_ray as in_ray
from neatfool.workers.processes import Processes as Processes
from neatfool.workers.serving import Build as Build
from neatfool.workers.threads import Threads as Threads
from neatfool.workers.workers import Workers as Workers
