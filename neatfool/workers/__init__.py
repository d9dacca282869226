"""Workers: a map over chunks of genomes, on threads and in processes."""

from neatfool.workers.processes import in_processes as in_processes
