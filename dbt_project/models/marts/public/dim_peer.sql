-- The peers of each ward, and why they are.
select area_code, peer_code, basis from {{ ref("idx_peer") }}
