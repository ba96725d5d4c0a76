{% test unique_combination(model, columns) %}
    select {{ columns | join(", ") }} from {{ model }} group by {{ columns | join(", ") }} having count(*) > 1
{% endtest %}


{#- No number of a floating point column is infinite or none at all; of all such columns unless some are named. -#}
{% test finite(model, columns=none) %}
    {%- set floating = columns or [] -%}
    {%- if columns is none and execute -%}
        {%- for column in adapter.get_columns_in_relation(model) if column.dtype | upper in ("DOUBLE", "FLOAT") -%}
            {%- do floating.append(adapter.quote(column.name)) -%}
        {%- endfor -%}
    {%- endif %}
    select *
    from {{ model }}
    where
        false
        {% for column in floating %} or ({{ column }} is not null and not isfinite({{ column }})) {% endfor %}
{% endtest %}


{% test accepted_range(model, column_name, minimum=none, maximum=none) %}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} is not null
        and (
            false
            {% if minimum is not none %} or {{ column_name }} < {{ minimum }} {% endif %}
            {% if maximum is not none %} or {{ column_name }} > {{ maximum }} {% endif %}
        )
{% endtest %}


{% test expression_is_true(model, expression) %}
    select * from {{ model }} where not coalesce({{ expression }}, true)
{% endtest %}


{#- Every ward of the build has a row for each combination of the given columns. -#}
{% test all_wards_present(model, area_column="area_code", per=[]) %}
    with
        combinations as (select distinct {{ (per + ["1 as one"]) | join(", ") }} from {{ model }}),
        expected as (
            select ward.ward_code {% for column in per %}, combinations.{{ column }} {% endfor %}
            from combinations
            cross join {{ ref("geo_ward") }} as ward
        )
    select expected.*
    from expected
    left join
        {{ model }} as given on given.{{ area_column }} = expected.ward_code
        {% for column in per %} and given.{{ column }} is not distinct from expected.{{ column }} {% endfor %}
    where given.{{ area_column }} is null
{% endtest %}


{#- None of the columns is ever null: one test for all of them, as each test costs time. -#}
{% test complete(model, columns) %}
    select {{ columns | join(", ") }}
    from {{ model }}
    where {% for column in columns %} {{ column }} is null {{ 'or' if not loop.last }} {% endfor %}
{% endtest %}


{#- A range test that needs no column entry. -#}
{% test within(model, column, minimum=none, maximum=none) %}
    select {{ column }}
    from {{ model }}
    where
        false
        {% if minimum is not none %} or {{ column }} < {{ minimum }} {% endif %}
        {% if maximum is not none %} or {{ column }} > {{ maximum }} {% endif %}
{% endtest %}
