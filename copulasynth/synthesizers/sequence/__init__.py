"""Methods that draw one column after another, each given those before it."""
