-- The catalogue's datasets, with supplier and agreement of the build's edition.
with datasets as ({{ catalogue_datasets() }}), supply as ({{ catalogue_supply() }})
select datasets.*, supply.supplier, supply.supplier_title, supply.agreement, supply.attribution
from datasets
inner join supply using (dataset)
where {{ var("edition") }} between supply.first_edition and supply.last_edition
