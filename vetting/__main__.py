"""`python -m vetting`."""

from vetting import main

main()
