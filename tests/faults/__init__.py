"""Deliveries made wrong on purpose, and what the gate says of each: `python -m tests.faults`."""
