"""The models and requests of the contract, generated."""
