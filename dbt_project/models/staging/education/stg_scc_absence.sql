-- Enrolments and persistent absentees, the phases added up.
with
    typed as (
        select {{ typed_columns("scc_absence") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_absence") }}
    ),
    phases as (
        {{
            measure_rows(
                "typed",
                {"enrolments": "enrolments", "persistent_absentees": "persistent_absentees"},
                year="academic_year",
            )
        }}
    )
    {{ summed_parts("phases") }}
