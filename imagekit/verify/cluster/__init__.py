"""Replicas that shall find each other.

model     values: which nodes there are, and which of them each saw
replicas  effect: starts them, asks them, replaces one
"""
