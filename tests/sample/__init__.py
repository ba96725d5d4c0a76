"""Tests of the sample: what is true, and what its suppliers deliver of it."""
