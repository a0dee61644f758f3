"""The Cloudflare Python Worker: its files, and the configuration that runs it."""

from functions.edge.python_worker.config import LEGACY_DATE, workerd_config, wrangler_config

__all__ = ["LEGACY_DATE", "workerd_config", "wrangler_config"]
