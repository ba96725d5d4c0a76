-- The catalogue's datasets.
{{ catalogue_datasets() }}
