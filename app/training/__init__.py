"""Training priors, experts and instant learners: `mereq pretrain`."""
