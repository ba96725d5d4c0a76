-- Residents of each ward, and those of the ages that indicators need, from single years of age. Layouts give
-- persons, or females and males. Age 90 is 90 and over.
{%- set ages = {
    "persons": [0, 90],
    "persons_0_15": [0, 15],
    "persons_0_17": [0, 17],
    "persons_16_17": [16, 17],
    "persons_16_64": [16, 64],
    "persons_16_plus": [16, 90],
    "persons_18_plus": [18, 90],
    "persons_19_plus": [19, 90],
    "persons_60_plus": [60, 90],
    "persons_65_plus": [65, 90],
} %}
with
    typed as (
        select {{ typed_columns("ref_ward_population") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ref_ward_population") }}
    ),
    people as (
        select
            _edition, year, ward_code, age, coalesce(persons, females + males) as persons, _file, _sheet, _row
        from typed
    )
{% for measure, span in ages.items() %}
    select
        _edition as edition,
        year as reference_year,
        ward_code as place,
        '{{ measure }}' as measure,
        -- Every single year of the span, or nothing: a sum without one would be too low.
        case when count(persons) = {{ span[1] - span[0] + 1 }} then sum(persons order by age) end as amount,
        case
            when count(persons) = {{ span[1] - span[0] + 1 }} then sum(persons order by age)
        end as amount_low,
        case
            when count(persons) = {{ span[1] - span[0] + 1 }} then sum(persons order by age)
        end as amount_high,
        case when count(persons) = {{ span[1] - span[0] + 1 }} then 'observed' else 'missing' end as status,
        count(*) as source_rows,
        min(_file) as _file,
        min(_sheet) as _sheet,
        arg_min(_row, (_file, _row)) as _row
    from people
    where age between {{ span[0] }} and {{ span[1] }}
    group by _edition, year, ward_code {{ 'union all' if not loop.last }}
{% endfor %}
