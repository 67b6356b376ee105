"""What would change, why, and the steps in order. A plan is a value: everything that apply needs."""
