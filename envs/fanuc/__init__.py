"""A FANUC LR Mate 200iD/7L in MuJoCo, and tasks for it: push a bottle, grasp a pillow."""
