"""Benchmarks, run from a checkout: ``python -m benchmarks`` lists them, ``python -m benchmarks NAME`` runs one."""
