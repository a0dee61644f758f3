"""The intermediate representation and its passes."""
