"""Row 2: what ELF headers say, from bytes; nothing here runs or opens a file.

model   what one ELF file needs and offers
read    bytes to that, by pyelftools
names   what the name of a library or of a file tells: distribution package, Hex package
"""
