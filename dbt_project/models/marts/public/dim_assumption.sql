-- The assumptions that the index rests on.
select assumption, about, text, reason, owner_role, review_by::date as review_by from {{ ref("assumption") }}
