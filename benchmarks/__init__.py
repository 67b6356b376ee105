"""How fast Ecluse is, as ratios that hold on any machine: `python3 dev.py bench`. Not installed."""
