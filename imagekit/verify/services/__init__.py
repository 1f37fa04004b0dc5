"""Containers beside the image under test: databases and whatever else it talks to.

model     values: a service, what came of it, what happened before the boot
compose   pure: which services, from the settings and the plan's contract
start     effect: fetches, starts and awaits them
"""
