{#- What belongs here: taking the engine's statements apart. What does not: arithmetic. -#}
{#- The rows of one statement as a table; `columns` maps key to type. -#}
{% macro engine_statement(name, columns) -%}
    select
        edition,
        {% for column, type in columns.items() -%}
            cast(content ->> '{{ column }}' as {{ type }}) as "{{ column }}" {{ "," if not loop.last }}
        {% endfor %}
    from {{ ref("idx_statement") }}
    where statement = '{{ name }}'
{%- endmacro %}
