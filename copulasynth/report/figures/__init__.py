"""The figures: one kind a file, each a function that draws aggregated tables on axes."""
