"""`python -m ecluse.agent`: what the launcher of the pipeline tasks starts."""

from ecluse.agent import run

if __name__ == "__main__":
    run()
