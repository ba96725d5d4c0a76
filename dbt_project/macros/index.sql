{#- What belongs here: the arithmetic of the index, once. Sources: the ward method of docs/method.md. -#}
{#- Score of a value between a worst and a best bound, 0 to 100, clipped. -#}
{% macro bounded_score(value, worst, best) -%}
    case
        -- greatest and least pass over nulls: without this a missing value would score 100.
        when {{ value }} is not null
        then greatest(0, least(100, 100 * ({{ value }} - {{ worst }}) / nullif({{ best }} - {{ worst }}, 0)))
    end
{%- endmacro %}


{#- Weighted generalised mean of order p; 1 is the arithmetic and 0 the geometric mean.
    Sums are taken in the order of `by`, so that the same input gives the same bytes. -#}
{% macro weighted_mean(score, weight, order, by) -%}
    case
        when min({{ order }}) = 1
        then
            sum({{ weight }} * {{ score }} order by {{ by }})
            / nullif(sum(case when {{ score }} is not null then {{ weight }} end order by {{ by }}), 0)
        when min({{ order }}) = 0
        then
            case
                when min({{ score }}) = 0
                then 0
                else
                    exp(
                        sum({{ weight }} * ln(nullif({{ score }}, 0)) order by {{ by }}) / nullif(
                            sum(case when {{ score }} is not null then {{ weight }} end order by {{ by }}), 0
                        )
                    )
            end
        else
            pow(
                sum({{ weight }} * pow({{ score }}, {{ order }}) order by {{ by }})
                / nullif(sum(case when {{ score }} is not null then {{ weight }} end order by {{ by }}), 0),
                1.0 / nullif(min({{ order }}), 0)
            )
    end
{%- endmacro %}
