-- Pupils eligible for free meals and those who took one, years 3 to 11: all infants are given meals.
with
    typed as (
        select {{ typed_columns("scc_school_meals") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_school_meals") }}
    ),
    older as (select * from typed where year_group_band <> 'R-Y2'),
    bands as ({{ measure_rows("older", {"eligible": "eligible", "taken": "taken"}, year="year(census)") }})
    {{ summed_parts("bands") }}
