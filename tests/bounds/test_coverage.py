"""Every bound has a test of how often it is violated where the truth is known, in which a wrong variant is caught: a new bound without one is noticed here.

Where a bound is so far above the truth that no sensible variant is violated (`spectral`), what it rests on is tested instead, and its number by hand.
"""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "unseen" / "bounds"
HELDOUT = ("test_violated_at_most_as_often_as_promised", "test_choosing_the_best_of_many_has_to_be_paid_for")
PAC_BAYES = ("test_holds_for_a_posterior_that_follows_the_data_and_not_without_its_price",)
COVERAGE = {
    "compression.occam": ("test_holds_for_the_best_of_a_class_and_not_without_its_bits",),
    "contrastive.contrastive_bound": ("test_coverage_is_exact_for_one_feature_and_negatives_are_no_examples",),
    "controlled_equation.controlled_equation_bound": ("test_coverage_is_exact_for_one_weight_and_a_tenth_of_the_slack_would_not_do",),
    "generator.generator_bound": ("test_value_and_coverage",),
    "gradient_norm.gradient_norm_bound": ("test_fails_at_most_as_often_as_promised",),
    "gradient_path.kernel_bound": ("test_the_bound_covers_and_falls_with_the_sample", "test_a_third_of_its_complexity_would_not_do"),
    "holdout.bernstein": ("test_bernstein.py:test_violated_at_most_as_often_as_promised", "test_bernstein.py:test_a_variance_that_is_too_small_is_caught"),
    "holdout.chernoff": HELDOUT,
    "holdout.clopper_pearson": HELDOUT,
    "holdout.empirical_bernstein": (*HELDOUT, "test_real_losses"),
    "holdout.hoeffding": (*HELDOUT, "test_a_wrong_constant_is_caught"),
    "koopman.koopman_bound": ("test_it_covers_labels_learned_by_heart_and_a_tenth_of_its_complexity_does_not",),
    "macro_auc.macro_auc_bound": ("test_no_scores_of_the_ball_exceed_the_bound_and_a_tenth_of_the_slack_would_not_do",),
    "norms.margin_bound": ("test_margin_bounds_cover_and_a_part_of_their_slack_would_not_do",),
    "norms.spectral": ("test_spectral_bound_rests_on_weights_that_may_be_shaken_and_not_sixty_times_as_much", "test_spectral_bound_by_hand"),
    "pac_bayes.catoni": PAC_BAYES,
    "pac_bayes.mcallester": PAC_BAYES,
    "pac_bayes.seeger": PAC_BAYES,
    "partition.partition_bound": ("test_coverage_for_the_best_classifier_on_cells_and_not_without_their_complexity",),
    "prequential.prequential_bound": ("test_fails_at_most_as_often_as_promised_and_its_mean_fails_more_often",),
    "progressive.progressive": ("test_fails_at_most_as_often_as_promised", "test_a_variant_that_pays_nothing_for_chance_is_caught"),
    "robust_shift.robust_shift_bound": (
        "test_it_holds_where_the_target_is_as_bad_as_allowed_and_not_without_robustness_or_distance",
        "test_it_needs_the_confidence_term",
    ),
    "smoothed_likelihood.language_model_bound": ("test_it_holds_where_the_choice_is_paid_for_and_not_where_it_is_not",),
    "stability.uniform_stability": ("test_fails_at_most_as_often_as_promised",),
    "transductive.transductive_bound": ("test_coverage_and_a_wrong_bound_is_noticed",),
    "uniform.rademacher": ("test_coverage_and_what_lacks_the_class",),
    "uniform.vapnik_chervonenkis": ("test_coverage_and_what_lacks_the_class",),
    "weisfeiler_leman.graph_network_bound": ("test_coverage_for_the_best_network_and_a_bound_for_one_network_is_caught",),
}
MEANS = {
    "on_average.layerwise_bound": ("test_layers",),
    "on_average.mutual_information_bound": ("test_bound_by_information_holds_and_half_of_the_square_root_does_not",),
    "on_average.rationality_bound": ("test_rationality_holds_for_what_was_measured_and_refuses_a_gap_that_was_not_allowed",),
    "on_average.supersample_bound": ("test_supersamples_for_every_learner_and_without_half_of_the_least",),
}
OTHERS = {  # limits that are no `Bound`: on means over samples, of worst cases, or within another noun
    "gaussian_posterior.gaussian_posterior": ("test_it_covers_any_posterior_and_a_prior_that_saw_the_sample_or_a_twentieth_of_the_divergence_does_not",),
    "layerwise.kl_gap": ("test_bounds_hold_for_the_threshold_and_the_ramp_that_give_the_largest_gaps",),
    "layerwise.wasserstein_gap": ("test_bounds_hold_for_the_threshold_and_the_ramp_that_give_the_largest_gaps",),
    "pac_bayes.sampled": ("test_sampled_rates_cover",),
    "rationality.rationality_gaps": ("test_limit_holds_and_half_of_it_is_the_least",),
    "realizable_reduction.excess_limit": (
        "test_the_reduction_is_within_its_limit_and_the_learner_itself_is_not",
        "test_limit_of_the_realizable_part_is_exact_enough",
    ),
    "sketched_code.sketched_code": ("test_coverage_for_the_best_of_all_sketches_and_not_without_its_bits",),
    "supersample.fast_rate": ("test_every_bound_holds_for_every_learner_and_broken_ones_do_not",),
    "supersample.loss_difference": ("test_every_bound_holds_for_every_learner_and_broken_ones_do_not",),
    "testable_halfspace.learn": (
        "test_learned_excess_is_below_its_limit_and_clusters_are_not_certified",
        "test_the_limit_of_the_angle_is_reached",
        "test_inputs_just_inside_the_difference",
    ),
    "zero_shot.zero_shot_bound": ("test_no_law_is_worse_than_the_bound", "test_the_rule_attains_it_and_no_other_does_better"),
}
EVERY = COVERAGE | MEANS | OTHERS


def functions(path):
    return {node.name: node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


def returning(noun):
    return {
        f"{path.stem}.{name}"
        for path in SOURCE.glob("*.py")
        for name, node in functions(path).items()
        if node.returns and ast.unparse(node.returns) == noun and not name.startswith("_")
    }


def test_every_bound_is_in_the_table():
    assert returning("Bound") == set(COVERAGE)
    assert returning("MeanBound") == set(MEANS)


@pytest.mark.parametrize("bound", EVERY)
def test_its_tests_exist_and_call_it_by_name(bound):
    module, name = bound.split(".")
    assert name in functions(SOURCE / f"{module}.py")
    for test in EVERY[bound]:
        file, _, function = test.rpartition(":")
        path = HERE / (file or f"test_{module}.py")
        assert function in functions(path)
        assert name in path.read_text(encoding="utf-8")
