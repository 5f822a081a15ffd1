"""`mereq bench`: methods x tasks x preferences x seeds with the simulated expert, and the tables and plots of them."""
