"""What archdsl costs, beside what one would otherwise use. `make bench` runs all of it.

Everything is a ratio measured in one run: the contestants take turns, so that a busy machine slows
all of them, and each round gives one ratio. A table shows the median ratio, and the smallest and
largest.
"""
