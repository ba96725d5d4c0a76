-- The targets in force: points wanted, by when, and who set them.
select area_code, code, score, "value", due, role, signed_on, source, synthetic from {{ ref("idx_target") }}
