{#- Tests of the hierarchy: weights that sum, and wholes that are what their parts make them. The rule of the index
    is written here a second time, in another form than macros/index.sql, so that neither hides the other's slip. -#}
{#- The weights of each group sum to what they should, or with `at_most` to no more. A group that weighs nothing in
    all is not judged. -#}
{% test weights_sum(model, weight, by, to=1, at_most=false, counted="true") %}
    select
        {% for column in by %} {{ column }} as by_{{ loop.index }}, {% endfor %} sum({{ weight }}) as weights
    from {{ model }}
    where {{ counted }}
    group by {{ by | join(", ") }}
    having
        sum(abs({{ weight }})) > 0
        and not {{ "sum(" ~ weight ~ ") - " ~ to if at_most else "abs(sum(" ~ weight ~ ") - " ~ to ~ ")" }}
        <= 1e-9
{% endtest %}


{#- Each score is the weighted generalised mean of its parts: in the scale of the mean's order, what lies above the
    score and what lies below cancel out, and no mean lies outside its parts. A score without any part fails. -#}
{% test mean_of_parts(model, of, parts, weights, joined_by, order_column) %}
    with
        method as (
            select {{ order_column }} as power from {{ ref("method") }} where profile = '{{ var("profile") }}'
        ),
        parts as (
            select {{ of | join(", ") }}, score as part_score, weight as part_weight
            from {{ parts }}
            inner join {{ weights }} using ({{ joined_by | join(", ") }})
            where score is not null and weight > 0
        ),
        pairs as (
            select
                {% for column in of %} whole.{{ column }}, {% endfor %}
                whole.score,
                parts.part_score,
                parts.part_weight,
                method.power,
                case
                    when method.power = 0
                    then ln(nullif(parts.part_score, 0)) - ln(nullif(whole.score, 0))
                    else pow(parts.part_score, method.power) - pow(whole.score, method.power)
                end as above
            from {{ model }} as whole
            cross join method
            left join
                parts
                on {% for column in of %}
                    parts.{{ column }} = whole.{{ column }} {{ 'and' if not loop.last }}
                {% endfor %}
            where whole.score is not null
        )
    select
        {{ of | join(", ") }},
        max(score) as score,
        count(part_score) as parts,
        min(part_score) as lowest,
        max(part_score) as highest,
        sum(part_weight * above) / nullif(sum(part_weight), 0) as imbalance
    from pairs
    group by {{ of | join(", ") }}
    having
        count(part_score) = 0
        or max(score) < min(part_score) - 1e-9
        or max(score) > max(part_score) + 1e-9
        or case
            when max(power) = 0 and min(part_score) = 0
            then max(score) > 0
            else
                abs(sum(part_weight * above) / nullif(sum(part_weight), 0))
                > 1e-9 * greatest(1, max(pow(score, power)))
        end
{% endtest %}


{#- What parts bring to a whole sums to the whole's score, or to `to`; `level` holds the parts, and `whole` says what
    each is a part of. Wholes without a score are not judged. Statements have six decimals, hence the tolerance. -#}
{% test parts_sum_to(model, amount, level, part, whole, to="given.score") %}
    with
        brought as (
            select given.edition, given.area_code, {{ whole }} as code, sum(given.{{ amount }}) as amount
            from {{ model }} as given
            inner join {{ level }} as level on level.{{ part }} = given.code
            group by given.edition, given.area_code, {{ whole }}
        )
    select given.edition, given.area_code, given.code, given.score, brought.amount
    from {{ model }} as given
    inner join brought using (edition, area_code, code)
    where given.score is not null and not coalesce(abs(brought.amount - {{ to }}) <= 5e-5, false)
{% endtest %}


{#- Counts of the district and of each group of wards are the sum of those of their wards. -#}
{% test areas_add_up(model, columns) %}
    with
        summed as (
            select
                given.edition,
                given.indicator,
                member.area_code
                {% for column in columns %}, sum(given.{{ column }}) as {{ column }} {% endfor %}
            from {{ model }} as given
            inner join {{ ref("geo_area_ward") }} as member on member.ward_code = given.area_code
            group by given.edition, given.indicator, member.area_code
        )
    select
        given.edition,
        given.indicator,
        given.area_code
        {% for column in columns %}, given.{{ column }}, summed.{{ column }} as of_wards {% endfor %}
    from {{ model }} as given
    inner join summed using (edition, indicator, area_code)
    where
        {% for column in columns %}
            (
                given.{{ column }} is not null
                and not coalesce(
                    abs(given.{{ column }} - summed.{{ column }})
                    <= 1e-9 * greatest(1, abs(given.{{ column }})),
                    false
                )
            ) {{ 'or' if not loop.last }}
        {% endfor %}
{% endtest %}


{#- A rule over a row and the row of another model that belongs to it, as `given` and `other`; `match` says how they
    belong together: column of the model -> column of the other. -#}
{% test holds_with(model, other, match, rule) %}
    select given.*
    from {{ model }} as given
    inner join
        {{ other }} as other
        on {% for column in match %}
            given.{{ column }} = other.{{ match[column] }} {{ 'and' if not loop.last }}
        {% endfor %}
    where not coalesce({{ rule }}, true)
{% endtest %}
