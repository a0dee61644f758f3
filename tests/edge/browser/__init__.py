"""Pages and service workers of the browser artefact, in chromium."""
