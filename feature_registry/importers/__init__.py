"""Importers: documents of other systems in, a registry's documents and a report out. They touch no file."""
