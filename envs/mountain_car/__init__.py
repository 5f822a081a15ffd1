"""The mountain car with a continuous force: its card and a batched simulator that equals gymnasium's."""
