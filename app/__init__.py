"""The running application: the command line, the live loop, the window, the learner's process and the bus."""
