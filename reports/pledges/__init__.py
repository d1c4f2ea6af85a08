"""Promised and delivered, as offices read it: a page, a workbook, a CSV. Pure rendering."""
