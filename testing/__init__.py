"""What tests, rehearsals and benchmarks share: servers on loopback, a yard, invented partners. It is not shipped."""
