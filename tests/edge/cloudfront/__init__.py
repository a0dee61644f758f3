"""Tests of the CloudFront functions: in njs, on recorded events and on the conformance cases."""
