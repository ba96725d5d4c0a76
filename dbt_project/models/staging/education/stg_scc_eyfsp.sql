-- Children assessed at the end of reception and those with a good level of development, all children.
with
    typed as (
        select {{ typed_columns("scc_eyfsp") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_eyfsp") }}
    ),
    everyone as (select * from typed where sex = 'Total' and fsm = 'All')
    {{ measure_rows("everyone", {"cohort": "cohort", "gld": "gld"}, year="academic_year") }}
