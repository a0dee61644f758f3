"""What runs in a cloud or on a CDN: the edge adapters of each platform, and the Lambda handlers."""

__all__: list[str] = []
