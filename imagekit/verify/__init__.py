"""Row 6: verification. Proves that an image boots the way a cluster boots it.

expectation         what is expected of an image: from its plan, or from its own config
files, boot         effects: what its layers hold; what one strict boot tells
http, port          effects: a bounded request; what a port does that gives no answer
facts, readiness    the values these give; when a container is ready
trial/              effects: further boots, each under one condition of its own, side by side
checks/, check      pure: one check a file, from facts to a verdict
diagnose, causes/   pure: why a boot failed, in one sentence
legible             output as people can read it; pure
secrets             values that nobody may see: made, recognised, taken out of text
run, model          `verify`: facts, checks, report; the report
select              which checks run; pure
report/             pure: the report as JSON, JUnit, Markdown and what forges read
"""
