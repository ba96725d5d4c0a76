-- Every observation as delivered, with how it reaches the wards. Where several deliveries describe the same
-- year, the latest edition counts.
with
    delivered as (
        {% for dataset in measured_datasets() %}
            select
                '{{ dataset }}' as dataset,
                edition,
                reference_year,
                place,
                measure,
                amount,
                amount_low,
                amount_high,
                status,
                source_rows,
                _file,
                _sheet,
                _row
            from {{ ref("stg_" ~ dataset) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
        -- Counts that stand for deliveries whose landed files were purged.
        union all
        select
            dataset,
            edition,
            reference_year,
            place,
            measure,
            amount,
            amount_low,
            amount_high,
            status,
            source_rows,
            _file,
            _sheet,
            _row
        from {{ source("build", "_retained") }}
    ),
    described as (
        select
            delivered.* exclude (place),
            -- A name of a ward is the code that had it in the edition of the delivery.
            case
                when coalesce(deliveries.method, datasets.method) = 'ward_name'
                then coalesce(name.ward_code, delivered.place)
                else delivered.place
            end as place,
            coalesce(deliveries.method, datasets.method) as method,
            datasets.snap_metres,
            measures.kind,
            measures.weight as weighting,
            measures.absent,
            case
                when measures.kind = 'events'
                then coalesce(deliveries.coverage_of / nullif(deliveries.coverage_days, 0), 1)
                else 1
            end as coverage_factor,
            case
                when datasets.replaces = 'area' then coalesce(delivered.place, '') else ''
            end as replaced_part
        from delivered
        inner join {{ ref("cat_dataset") }} as datasets using (dataset)
        inner join {{ ref("cat_measure") }} as measures using (dataset, measure)
        left join {{ ref("cat_delivery") }} as deliveries using (dataset, edition)
        left join
            {{ ref("geo_ward_name") }} as name
            on name.edition = delivered.edition
            and name.folded_name = {{ fold_name("delivered.place") }}
    )
select
    dataset,
    edition,
    reference_year,
    place,
    measure,
    kind,
    weighting,
    absent,
    method,
    snap_metres,
    coverage_factor,
    amount,
    amount_low,
    amount_high,
    status,
    source_rows,
    _file,
    _sheet,
    _row
from described
qualify edition = max(edition) over (partition by dataset, reference_year, replaced_part)
