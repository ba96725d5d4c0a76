-- Statistical disclosure control stands here, before anything is scored. Rule D0 passes a value as it is.
-- A value under another rule passes only in a build made wholly of synthetic deliveries, where there is
-- nobody to protect; in any other build it is withheld.
with
    build as (select coalesce(bool_and(synthetic), false) as synthetic from {{ ref("cat_delivery") }}),
    ruled as (
        select
            values_.*,
            indicator.disclosure_rule,
            indicator.disclosure_rule = 'D0' or build.synthetic as passes
        from {{ ref("ind_ward_year") }} as values_
        inner join {{ ref("ind_indicator") }} as indicator using (indicator)
        cross join build
    )
select
    indicator,
    ward_code,
    reference_year,
    edition,
    kind,
    case when passes then numerator end as numerator,
    case when passes then numerator_low end as numerator_low,
    case when passes then numerator_high end as numerator_high,
    case when passes then denominator end as denominator,
    denominator_year,
    case when passes then status else 'controlled' end as status,
    suppressed_cells,
    disclosure_rule,
    case when passes then 'D0' else 'withheld' end as rule_applied
from ruled
