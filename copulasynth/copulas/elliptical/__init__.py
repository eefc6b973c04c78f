"""Gaussian and Student t copulas, and the latent scores they rest on."""
