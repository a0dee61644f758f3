"""The Lambda@Edge functions, called with events of the shape that CloudFront documents."""
