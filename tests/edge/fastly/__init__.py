"""The Fastly worker: built by Fastly's own tool; its code run in node with stand-ins of Fastly's modules."""
