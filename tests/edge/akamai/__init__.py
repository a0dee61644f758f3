"""The Akamai EdgeWorker: its bundle, and its code run in node with stand-ins of Akamai's modules."""
