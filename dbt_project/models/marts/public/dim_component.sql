-- The twelve components.
select component, dimension, name, position, cast(weight as double) as weight from {{ ref("component") }}
