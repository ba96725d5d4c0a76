{#- What belongs here: shapes that many staging models share. What does not: one dataset's own rules. -#}
{#- Observations of tables with one row an area and year: a row for each measure, from its typed column.
    `measures` maps measure to column. -#}
{% macro measure_rows(relation, measures, year="_reference_year", place="ward_code") -%}
    {%- for measure, column in measures.items() %}
        select
            _edition as edition,
            cast({{ year }} as integer) as reference_year,
            {{ place }} as place,
            '{{ measure }}' as measure,
            cast({{ column }} as double) as amount,
            cast({{ column }}_low as double) as amount_low,
            cast({{ column }}_high as double) as amount_high,
            {{ column }}_status as status,
            cast(1 as bigint) as source_rows,
            _file,
            _sheet,
            _row
        from {{ relation }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
{%- endmacro %}


{#- Observations of case feeds: how many units stand at each place in each year. `relation` has _edition,
    reference_year, place, measure and the position of the row; `units` counts what a place has. -#}
{% macro case_counts(relation, units="count(*)") -%}
    select
        _edition as edition,
        cast(reference_year as integer) as reference_year,
        place,
        measure,
        cast({{ units }} as double) as amount,
        cast({{ units }} as double) as amount_low,
        cast({{ units }} as double) as amount_high,
        'observed' as status,
        count(*) as source_rows,
        min(_file) as _file,
        min(_sheet) as _sheet,
        arg_min(_row, (_file, _row)) as _row
    from {{ relation }}
    group by _edition, reference_year, place, measure
{%- endmacro %}


{#- Observations that are given in parts (phases, bands) added up to the place: a suppressed part makes the
    sum suppressed with the sum of the classes, a missing part makes it missing, and a part that does not
    apply adds nothing. -#}
{% macro summed_parts(relation) -%}
    select
        edition,
        reference_year,
        place,
        measure,
        case
            when count(*) filter (where status in ('suppressed', 'missing')) = 0
            then sum(amount order by _file, _row)
        end as amount,
        case
            when count(*) filter (where status = 'missing') = 0 then sum(amount_low order by _file, _row)
        end as amount_low,
        case
            when count(*) filter (where status = 'missing') = 0 then sum(amount_high order by _file, _row)
        end as amount_high,
        case
            when count(*) filter (where status = 'missing') > 0
            then 'missing'
            when count(*) filter (where status = 'suppressed') > 0
            then 'suppressed'
            when count(*) filter (where status = 'observed') > 0
            then 'observed'
            else 'not_applicable'
        end as status,
        cast(sum(source_rows) as bigint) as source_rows,
        min(_file) as _file,
        min(_sheet) as _sheet,
        min(_row) as _row
    from {{ relation }}
    group by edition, reference_year, place, measure
{%- endmacro %}


{#- The financial year a day falls in, called by the calendar year it ends in. -#}
{% macro financial_year(day) -%}
    year({{ day }}) + case when month({{ day }}) >= 4 then 1 else 0 end
{%- endmacro %}


{#- A sum of typed columns under a name of its own, with bounds and status: a missing part makes it missing. -#}
{% macro summed_columns(name, parts) -%}
    {{ parts | join(" + ") }} as {{ name }},
    {{ parts | join("_low + ") }}_low as {{ name }}_low,
    {{ parts | join("_high + ") }}_high as {{ name }}_high,
    case
        when 'missing' in ({{ parts | join("_status, ") }}_status)
        then 'missing'
        when 'suppressed' in ({{ parts | join("_status, ") }}_status)
        then 'suppressed'
        else 'observed'
    end as {{ name }}_status
{%- endmacro %}


{#- Observations of a table with one row an area and category. `measures` maps each measure to the condition
    on the categories that are added up, or to none for the `total` that stands in every row of the area. -#}
{% macro category_rows(relation, number, total, measures, place="lsoa_code") -%}
    {%- for measure, condition in measures.items() %}
        select
            _edition as edition,
            cast(_reference_year as integer) as reference_year,
            {{ place }} as place,
            '{{ measure }}' as measure,
            {% if condition %}
                case
                    when count(*) = count({{ number }}) then sum({{ number }} order by _file, _row)
                end as amount,
                case
                    when count(*) = count({{ number }}_low) then sum({{ number }}_low order by _file, _row)
                end as amount_low,
                case
                    when count(*) = count({{ number }}_high) then sum({{ number }}_high order by _file, _row)
                end as amount_high,
                case
                    when bool_or({{ number }}_status = 'missing')
                    then 'missing'
                    when bool_or({{ number }}_status = 'suppressed')
                    then 'suppressed'
                    else 'observed'
                end as status,
            {% else %}
                max({{ total }}) as amount,
                max({{ total }}_low) as amount_low,
                max({{ total }}_high) as amount_high,
                case when max({{ total }}) is null then 'missing' else 'observed' end as status,
            {% endif %}
            count(*) as source_rows,
            min(_file) as _file,
            min(_sheet) as _sheet,
            arg_min(_row, (_file, _row)) as _row
        from {{ relation }}
        {% if condition %} where {{ condition }} {% endif %}
        group by _edition, _reference_year, {{ place }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
{%- endmacro %}


{#- Rows of Local Health's latest pool of years in each delivery, with the year that the pool ends in. -#}
{% macro latest_pool(relation) -%}
    (
        select *, 2000 + cast(right(period, 2) as integer) as last_year
        from {{ relation }}
        qualify sortable = max(sortable) over (partition by _edition, indicator_id)
    )
{%- endmacro %}


{#- Local Health's counts, with what a withheld one can be: the publisher withholds small counts, 1 to 7 at
    the widest, and says so in the note. Any other blank is missing. Ends open, for a condition. -#}
{% macro pooled_counts(relation) -%}
    select
        *,
        count as number,
        case when lower(value_note) like '%suppressed%' then coalesce(count, 1) else count end as number_low,
        case when lower(value_note) like '%suppressed%' then coalesce(count, 7) else count end as number_high,
        case
            when count is null and lower(value_note) like '%suppressed%' then 'suppressed' else count_status
        end as number_status
    from {{ relation }}
{%- endmacro %}


{#- Homes of the gazetteer for each edition of a relation, from the newest gazetteer not after it. -#}
{% macro gazetteer_homes(relation) -%}
    select newest._edition, llpg.uprn, llpg.easting, llpg.northing
    from
        (
            select editions._edition, max(gazetteer.edition) as gazetteer_edition
            from (select distinct _edition from {{ relation }}) as editions
            inner join
                (select distinct edition from {{ ref("stg_ref_llpg") }}) as gazetteer
                on gazetteer.edition <= editions._edition
            group by editions._edition
        ) as newest
    inner join {{ ref("stg_ref_llpg") }} as llpg on llpg.edition = newest.gazetteer_edition
    where llpg.is_home
{%- endmacro %}
