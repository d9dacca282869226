"""`python -m neatfool` is `neatfool`."""

from neatfool.cli import main

main()
