"""What the numbers mean, in words for somebody who is no statistician."""

from copulasynth.metrics import Score

__all__ = ["CLOSING", "EXPLAIN", "explain"]

#: One line a metric.
EXPLAIN: dict[str, str] = {
    "rules_kept": "Share of rows that obey every relation between columns that real rows obey.",
    "ks": "Largest gap between the cumulative curves of a column, mean over columns.",
    "wasserstein": "How far values would have to be moved to make the columns alike.",
    "total_variation": "Share of rows that sit in the wrong bin or level of a column.",
    "jensen_shannon": "How different the shares of bins and levels are, 0 alike to 1 disjoint.",
    "missing_rate": "Difference of the shares of missing values.",
    "moments": "Differences of means and spreads, in units of the column's spread.",
    "tail_quantiles": "Differences of the most extreme percentiles.",
    "tail_index": "Difference in how heavy the tails are.",
    "spearman": "Difference of the rank correlations of two columns.",
    "kendall": "Difference of the concordance of two columns.",
    "cramers_v": "Difference of the association of two columns of any kind.",
    "mutual_information": "Difference of what one column tells about another.",
    "tail_dependence": "Difference in how often two columns are extreme together.",
    "tv2": "Share of rows that sit in the wrong cell of a table of two columns.",
    "tv3": "Share of rows that sit in the wrong cell of a table of three columns.",
    "utility_tables": "Squared differences of all two-way tables over their expected noise.",
    "utility_gen_cart": "How well a tree tells the tables apart, over its expected noise.",
    "utility_gen_logit": "How well a regression tells the tables apart, over its expected noise.",
    "c2st_boosting": "How often boosted trees pick the synthetic of two rows; .5 is guessing.",
    "c2st_forest": "How often a random forest picks the synthetic of two rows; .5 is guessing.",
    "c2st_boosting_cv": "The same by cross-validation, which fixed totals fool.",
    "c2st_forest_cv": "The same by cross-validation, which fixed totals fool.",
    "c2st_logistic": "How often a regression picks the synthetic of two rows; .5 is guessing.",
    "energy_distance": "Distance between the two clouds of rows.",
    "precision": "Share of synthetic rows that lie where real rows do.",
    "recall": "Share of real rows that lie where synthetic rows do.",
    "tstr": "Skill on real rows of models trained on synthetic rows, over training on real ones.",
    "importance_agreement": "Whether models trained on both tables rely on the same columns.",
    "calibration_error": "How wrong the predicted probabilities of such models are.",
    "dcr_share": "Share of synthetic rows closer to a training row than to a row never seen.",
    "exact_copies": "Share of synthetic rows that equal a real row in every column.",
    "membership": "How often an attacker picks the training row of it and a row never seen; .5 is "
    "guessing.",
}

CLOSING: dict[str, str] = {
    "overview": "Every score stands beside the score that fresh real rows would get. “As real "
    "rows” means that the difference is no larger than chance makes it; “worse” means that it "
    "is; “better” than fresh real rows should make you look at the privacy section, because "
    "only copies are closer to the data than new data are.",
    "rules": "A rule that holds in the real rows should hold in every synthetic one. Where rows "
    "never seen break it too, it was chance or is a habit rather than a law.",
    "columns": "Each picture compares one column. Where the dark and the bright bars have the "
    "same height, a value is as common in the synthetic table as in the real one; where the "
    "points of a quantile plot lie on the line, small, typical and large values agree. If a "
    "column looks wrong here, do not use it alone from the synthetic table.",
    "pairs": "Columns can all look right while their connections are lost. The maps show how "
    "strongly each two columns go together: the map of differences should be faint. In "
    "the S_pMSE map, the fainter the better: about 1 to 2 is noise, 10 is a pair not to rely on.",
    "joint": "A classifier is asked to tell synthetic rows from real ones. If it does no better "
    "than by tossing a coin (AUC .5), nothing that it can see is wrong. If it does better, the "
    "columns in the picture are the ones it used: improve these first. If it does clearly worse, "
    "the rows lie too close to those that the method saw, or their totals were fixed: a sign of "
    "neither good nor bad fidelity, and a reason to read the privacy section.",
    "utility": "Can you work with the synthetic table instead of the real one? Models are "
    "trained on each and tested on the same real rows. A ratio of 1 means that nothing is lost; "
    ".9 means that a tenth of the skill is. Coefficients with overlapping intervals would lead "
    "to the same conclusions.",
    "privacy": "A synthetic table should resemble the people in the data only as far as it "
    "resembles everybody like them. Copies that are no more frequent than among rows that the "
    "method never saw, and distances as large to the training rows as to those, are good signs. "
    "They are no proof: rare people can still be exposed, and no formal guarantee is given here.",
    "methods": "With the data, the seed and the versions listed here, the same report can be made "
    "again. Nothing in this page shows a row of data: every bar, point and cell stands for at "
    "least the stated number of rows, and smaller groups were merged or left out.",
}


def explain(key: str, score: Score) -> str:
    """Return the line about a metric, or what is known of one that a caller brought."""
    direction = {"down": "Smaller", "up": "Larger", "closer": f"Closer to {score.ideal:g}"}
    return EXPLAIN.get(key, f"{direction[score.better]} is better.")
