"""Treatments of tables: nothing that is left rests on few rows, as far as columns one by one go."""
