"""A student and its companions as ONNX graphs, checked against PyTorch, in a bundle with a manifest."""
