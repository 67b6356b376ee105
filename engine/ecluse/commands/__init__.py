"""The commands: what each of them does, in the order in which it happens, whoever asks for it.

The command line and the task of a pipeline run the same ones; what differs is who listens, and who can be asked.
"""
