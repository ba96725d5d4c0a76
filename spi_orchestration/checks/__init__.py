"""Contracts as checks, decisions, the gate and its report.

Belongs here: judging deliveries that have been landed and read. Does not belong here: fetching or
reading them (`intake`, `readers`), or running anything as a Dagster step (`assets`).
"""
