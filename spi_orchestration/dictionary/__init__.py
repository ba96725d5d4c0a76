"""The data dictionary: what every dataset, column, indicator and published table is, for people.

Belongs here: gathering it from catalogue, framework and dbt's manifest, and writing it as a page, CSV and a
workbook. Does not belong here: any description; they stand where the thing itself is declared.
"""
