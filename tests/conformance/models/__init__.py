"""Small models of LightGBM, which the cases in trees/ and decisions/models.json use."""
