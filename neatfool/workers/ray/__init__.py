"""Ray: workers, and whole jobs, on the machines of a cluster."""

from neatfool.workers.ray.actors import Actors as Actors
from neatfool.workers.ray.cluster import reach as reach
from neatfool.workers.ray.tasks import run_jobs as run_jobs
