"""What a factory is made of: kinds, objects, references. Pure data; knows nothing of Azure's doors."""
