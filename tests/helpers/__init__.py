"""What several tests use. Belongs here: questions about files and source. Does not belong here: tests."""
