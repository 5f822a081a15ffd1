"""Tasks that users write themselves: one Python class each, which becomes a card like any other."""
