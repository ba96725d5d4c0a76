-- The editions of the series in this build, the newest last.
select
    series.edition,
    series.edition = {{ var("edition") }} as is_current,
    '{{ var("profile") }}' as profile,
    method.method_version,
    method.coverage_threshold,
    method.minimum_indicators,
    cast(method.component_order as double) as component_order,
    cast(method.dimension_order as double) as dimension_order,
    cast(method.index_order as double) as index_order,
    (select coalesce(bool_and(synthetic), false) from {{ ref("cat_delivery") }}) as synthetic
from (select distinct edition from {{ ref("ind_edition") }}) as series
inner join {{ ref("method") }} as method on method.profile = '{{ var("profile") }}'
