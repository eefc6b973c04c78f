"""Read a file of SPSS, Stata or SAS in a process of its own, as the script that it runs.

The library in C that knows these files ends its process on some that are damaged. What it finds
goes to standard output, as plain values; nothing else of this package is loaded.
"""

import pickle
import sys


def main() -> None:
    """Read as standard input says, and write columns and what is said of them, or an error."""
    reader, path, settings = pickle.load(sys.stdin.buffer)
    import pyreadstat as stat

    found: object
    try:
        columns, meta = vars(stat)[reader](path, output_format="dict", **settings)
        said = {
            "labels": meta.variable_value_labels,
            "ranges": meta.missing_ranges,
            "letters": meta.missing_user_values,
            "measures": meta.variable_measure,
            "titles": meta.column_names_to_labels,
        }
        found = {name: list(cells) for name, cells in columns.items()}, said
    except (stat.ReadstatError, stat.PyreadstatError, ValueError, OverflowError) as e:
        found = str(e) or type(e).__name__
    pickle.dump(found, sys.stdout.buffer)


if __name__ == "__main__":
    main()
