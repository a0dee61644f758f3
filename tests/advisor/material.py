"""Facts of decisions that tests give the advisor."""

from dataclasses import replace

from decision_engine.advisor import EDGE_PLATFORMS, Assumptions, Facts, FeatureFacts, Fit
from feature_registry.privacy import Destination

COUNTRY = FeatureFacts("country", 1, "anonymous", Destination.EDGE, "0: anonymous data 0", "geo", None)
LOYALTY = FeatureFacts("loyalty", 2, "pseudonymous", Destination.EDGE, "2", "profile", 86_400_000)
INTERESTS = FeatureFacts("interests", 2, "pseudonymous", Destination.EDGE, "2", "profile", None)
STOCK = FeatureFacts("stock", 2, "anonymous", Destination.EDGE, "0", "store", 60_000)
SIZE = FeatureFacts("size", 1, "personal", Destination.EDGE, "3", "session", None)
RETURNS = FeatureFacts("returns", 3, "personal", Destination.EDGE, "3", "store", None)
HEALTH = FeatureFacts("health", 1, "sensitive", Destination.AGGREGATE, "7: sensitive data 5", "session", None)

FITS = tuple(Fit(name, 1000, 1, None) for name in EDGE_PLATFORMS)
PLAIN = Facts("hero", "edge", None, False, (COUNTRY,), {}, 100, (), FITS)
"""Nothing speaks for either side but the prices."""


def facts(*features: FeatureFacts, **more: object) -> Facts:
    """Facts of a decision that reads these features."""
    return replace(PLAIN, features=features or PLAIN.features, **more)  # type: ignore[arg-type]  # tests name fields


def assume(**given: object) -> Assumptions:
    """Assumptions as JSON gives them."""
    return Assumptions.model_validate(given)
