"""How long data about people are kept: what is due, purging it, and recalling what was sent in error.

Belongs here: choosing deliveries, keeping an aggregate in their place, and removing them from everything a
run has made. Does not belong here: the terms (`config/agreements.yml`), or how a run uses what was kept
(`assets/delivery.py`, `checks/accepted.py`).
"""
