"""From shares to landing: finding deliveries, keeping untouched copies of them, and their receipts.

Belongs here: what happens to files before anybody looks into them. Does not belong here: opening a
file for its rows (`readers`), or judging what rows say (`checks`).
"""
