-- Weighted answers by home postcode: those with an opinion, and those of them who agree (4 and 5 of 5).
with
    typed as (
        select {{ typed_columns("ldc_residents_survey") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ldc_residents_survey") }}
    ),
    squeezed as (select *, regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g') as code from typed),
    respondents as (
        -- Half a postcode is no place.
        select
            _edition,
            _reference_year as reference_year,
            case when regexp_full_match(code, '[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}') then code end as place,
            weight,
            influence,
            belong,
            online,
            _file,
            _sheet,
            _row
        from squeezed
    ),
    answers as (
        select * exclude (weight), 'respondents' as measure, 1 as amount
        from respondents
        {% for question in ["influence", "belong", "online"] %}
            -- 8 is do not know, 9 refused: neither is part of the base.
            union all
            select * exclude (weight), '{{ question }}_valid' as measure, weight as amount
            from respondents
            where {{ question }} between 1 and 5
            union all
            select * exclude (weight), '{{ question }}_agree' as measure, weight as amount
            from respondents
            where {{ question }} between 4 and 5
        {% endfor %}
    )
    {{ case_counts("answers", "sum(amount order by _file, _row)") }}
