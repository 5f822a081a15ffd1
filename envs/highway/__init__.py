"""The highway task: its card, highway-env's reference environment and the batched simulator that equals it."""
