-- Learners of 19 and over with an aim completed and achieved, each once a year, by home postcode.
with
    typed as (
        select {{ typed_columns("scc_adult_learning") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_adult_learning") }}
    ),
    learners as (
        -- Individualised Learner Record: completion 2 is completed, outcome 1 is achieved.
        select
            _edition,
            academic_year as reference_year,
            min(postcode) as place,
            'learners_achieving' as measure,
            min(_file) as _file,
            min(_sheet) as _sheet,
            arg_min(_row, (_file, _row)) as _row
        from typed
        where age >= 19 and completion = 2 and outcome = 1
        group by _edition, academic_year, learner
    )
    {{ case_counts("learners") }}
