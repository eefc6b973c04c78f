"""The published SMOTE table of the telecom pair is what SMOTE does."""

import pandas as pd
import pytest

from copulasynth.datasets import simulate_telecom_pair
from copulasynth.synthesizers import Smote


def _band(pair):
    model = Smote(k=5).fit(pair)
    sds = [pd.concat([pair, model.sample(len(pair), rng=r)]).std() for r in range(200)]
    return pd.DataFrame(sds).quantile([0.05, 0.95])


def _check(band):
    for published, column in zip((556.3, 652.9), band, strict=True):
        assert band[column].loc[0.05] < published < band[column].loc[0.95]


def test_the_published_table_lies_in_the_band_of_two_hundred_reruns():
    _check(_band(simulate_telecom_pair(rng=1)[["after", "before"]]))


@pytest.mark.shared
def test_it_does_so_on_the_table_that_matches_all_published_numbers(shared):
    _check(_band(pd.read_csv(shared("reference/telecom_seed_like.csv"))[["After", "Before"]]))
