"""The commands of `mereq`. What a command needs is imported when it runs, so that `--help` stays quick."""
