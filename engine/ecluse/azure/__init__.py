"""The edge to Azure: credentials, clouds, clients, and Azure errors turned into problems."""
