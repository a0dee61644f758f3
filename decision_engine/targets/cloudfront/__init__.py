"""The target `cloudfront`: a program as a few kilobytes of JavaScript for CloudFront Functions, runtime 2.0."""

from decision_engine.targets.cloudfront.emit import Emitted, emit_cloudfront
from decision_engine.targets.cloudfront.minify import minify
from decision_engine.targets.cloudfront.pieces import needed_pieces

__all__ = ["Emitted", "emit_cloudfront", "minify", "needed_pieces"]
