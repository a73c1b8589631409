"""The `tpd` command: one file a subcommand. A command parses, calls one function and prints."""
