"""Every error a user can meet.

A message says what failed, what was expected and found, and the command that mends it.
"""


class TpdError(Exception):
    """Something went wrong that the message explains; commands end with its exit code and no traceback."""

    exit_code = 1


class InputError(TpdError):
    """What the user gave cannot be used: text, a voice, an option, a config."""

    exit_code = 2


class BundleError(TpdError):
    """A manifest, engine or weights file is missing, damaged or does not belong."""

    exit_code = 3


class OutputError(TpdError):
    """A result could not be written; nothing half-written is left."""

    exit_code = 4


class TrainingError(TpdError):
    """A training cannot go on; the message names the last good checkpoint."""

    exit_code = 5


class DependencyError(TpdError):
    """A package this command needs is not installed; the message says how to install it."""

    exit_code = 6
