"""What a synthetic table gives away of the rows that the synthesizer saw."""
