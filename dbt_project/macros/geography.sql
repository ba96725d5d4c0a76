{#- What belongs here: rules that several geography models share. -#}
{#- A name folded for comparison: case, ampersands, apostrophes, full stops, white space, "Saint". -#}
{% macro fold_name(column) -%}
    regexp_replace(
        trim(
            regexp_replace(
                regexp_replace(
                    regexp_replace(replace(lower({{ column }}), '&', ' and '), '[''’`´.]', '', 'g'),
                    '[^a-z0-9]+',
                    ' ',
                    'g'
                ),
                ' +',
                ' ',
                'g'
            )
        ),
        '^saint ',
        'st '
    )
{%- endmacro %}


{#- Rows of the latest delivered edition only. -#}
{% macro latest_edition(relation) -%}
    (select * from {{ relation }} qualify edition = max(edition) over ())
{%- endmacro %}
