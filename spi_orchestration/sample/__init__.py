"""The embedded sample: a seeded truth, and synthetic deliveries of it in suppliers' own formats.

Belongs here: what `spi sample` writes. Does not belong here: reading or checking a delivery. The
pipeline never imports this package; it meets the sample as files on a share, like any other delivery.

`truth.py` first draws the latent rate behind each measure by ward and single year, then the counts;
`geography.py` draws a schematic map around the real ward centres; `datasets/` holds one small writer a
dataset; `writers/` the file formats; `deliveries.write_sample` puts it all into the share tree.
"""
