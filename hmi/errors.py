"""The two kinds of error that are expected; anything else is a bug and is reported as one."""


class OperatorError(Exception):
    """A wish that the terminal refuses: nothing was saved, and the person is told why.

    `key` names a text of the language files under `error.`; `values` fill its places.
    """

    def __init__(self, key: str, **values: object) -> None:
        """Keep the text key and what fills its places."""
        super().__init__(f"{key} {values}" if values else key)
        self.key = key
        self.values = values


class LinkError(Exception):
    """A link to a device or the MES that could not be made, or was lost; the supervisor tries again."""


class NotAdmitted(LinkError):
    """The other side knows us and does not let us in: trying again soon helps nobody."""


class Busy(LinkError):
    """The other side asks us to come back later."""

    def __init__(self, words: str, after_s: float) -> None:
        """`after_s` is the wait in seconds that was asked for."""
        super().__init__(words)
        self.after_s = after_s


class BatchRefused(LinkError):
    """A whole batch was refused for its form or size; a smaller one may pass."""


class ConfigError(Exception):
    """A configuration that cannot be used: where it stands, what is wrong, and what to do."""

    def __init__(self, file: str, key: str, words: str, remedy: str) -> None:
        """`key` is the dotted path inside `file`, empty when the file as a whole is meant."""
        self.file, self.key, self.words, self.remedy = file, key, words, remedy
        place = f"{file}: {key}" if key else file
        super().__init__(f"{place}: {words}. {remedy}")


class StoreError(Exception):
    """The file that keeps the entries cannot be used as it is; nothing may be accepted."""
