"""Checks across documents: plain functions from a draft to its diagnostics, in the order they run.

None of them changes what another finds; the diagnostics are sorted by place in the end.
"""

from feature_registry.checks.asking import asking_places, asking_times, degrade_policy, hybrid_policy
from feature_registry.checks.comparisons import arguments_in_range, comparison_types, feature_values, hidden_missing
from feature_registry.checks.cycles import cohort_cycles, cohort_depths
from feature_registry.checks.delivery import delivered_fields, delivery_decisions, delivery_segment, routed_paths
from feature_registry.checks.derived import derived_types, feature_circles, laundered_contracts
from feature_registry.checks.draft import Check, Draft, Spot
from feature_registry.checks.experiments import (
    bucketings,
    layer_overlaps,
    layer_units,
    time_windows,
    variations_shown,
    weights,
)
from feature_registry.checks.layers import identity_features
from feature_registry.checks.lifecycle import replacements, uses_of_the_leaving
from feature_registry.checks.models import model_calibrations, model_inputs, model_scores, model_tests
from feature_registry.checks.observed import observed_features
from feature_registry.checks.payloads import payload_schemas
from feature_registry.checks.privacy import private_features_in_decisions, private_tiers
from feature_registry.checks.profile import profile_cookies, profile_features, profile_groups
from feature_registry.checks.references import unknown_policies_names, unknown_references
from feature_registry.checks.rules import ranking_attributes, ranking_candidates, ranking_features, unreachable_rules
from feature_registry.checks.tiers import cloud_features_at_the_edge
from feature_registry.checks.unused import unused_objects

CHECKS: tuple[Check, ...] = (
    unknown_references,
    unknown_policies_names,
    cohort_cycles,
    cohort_depths,
    feature_circles,
    derived_types,
    laundered_contracts,
    comparison_types,
    arguments_in_range,
    feature_values,
    hidden_missing,
    model_inputs,
    model_calibrations,
    model_tests,
    model_scores,
    weights,
    bucketings,
    time_windows,
    layer_units,
    layer_overlaps,
    variations_shown,
    unreachable_rules,
    ranking_candidates,
    ranking_features,
    ranking_attributes,
    payload_schemas,
    delivery_decisions,
    delivery_segment,
    delivered_fields,
    routed_paths,
    cloud_features_at_the_edge,
    asking_times,
    asking_places,
    hybrid_policy,
    degrade_policy,
    profile_features,
    profile_groups,
    profile_cookies,
    private_features_in_decisions,
    private_tiers,
    identity_features,
    observed_features,
    unused_objects,
    replacements,
    uses_of_the_leaving,
)

ADVICE: frozenset[Check] = frozenset({hidden_missing, observed_features, unreachable_rules, unused_objects})
"""The checks that give warnings and never errors."""

__all__ = ["ADVICE", "CHECKS", "Check", "Draft", "Spot"]
