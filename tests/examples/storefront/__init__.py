"""The example storefront behind its edge."""
