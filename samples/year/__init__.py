"""A year, rehearsed: twenty feeds from September to August, a script of accidents, and an oracle. `make year`."""
