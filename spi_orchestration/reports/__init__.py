"""Pages and files for people who answer for data: sign-off, suppliers, quality log, scorecard.

Belongs here: gathering what checks, decisions, drafts and releases already know, and laying it out. Does
not belong here: judging a delivery (`checks`), what makes a sign-off valid (`release`), or the public site.
Nothing here is published.
"""
