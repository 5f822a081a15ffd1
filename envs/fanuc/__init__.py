"""A FANUC LR Mate 200iD/7L in MuJoCo, and a task for it: push a bottle."""
