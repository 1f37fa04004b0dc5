"""Further boots beside the strict one, each under one condition of its own.

model     values: what is tried, and what it told
attempt   effect: one try
together  effect: several of them side by side
"""
