"""The return to the employer: what became of every line of a drop, in the partner's own columns. Pure rendering.

Three forms of one `content.Return`: `page` to read, `workbook` to correct and send back, `machines` for machines.
"""
