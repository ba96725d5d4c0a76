"""The open profile on real files: an independent reading, and the pipeline held against it."""
