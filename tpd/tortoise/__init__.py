"""The networks of TorToiSe in PyTorch, tensor for tensor as in the official checkpoints."""
