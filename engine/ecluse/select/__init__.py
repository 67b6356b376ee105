"""Include and exclude rules decide what a deployment may touch, and say which rule decided."""
