"""A local Azure for Ecluse: Resource Manager, Data Factory and a token endpoint over HTTPS on loopback."""
