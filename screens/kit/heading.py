"""The head of a page: small line, large title, a remark beside it, and chips at the right."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from screens.kit import labels, theme
from screens.kit.theme import Scale


class PageHeading(QWidget):
    """Says where one is; the title wraps, what stands at the right elides."""

    def __init__(
        self,
        title: str = "",
        *,
        eyebrow: str = "",
        aside: str = "",
        chip: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._eyebrow = labels.wrapped_eyebrow(eyebrow)
        self._title = labels.wrapped(title, Scale.TITLE)
        self._aside = labels.label(aside, Scale.HEADING, muted=True)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._eyebrow)
        line = QHBoxLayout()
        line.setSpacing(theme.GAP)
        line.addWidget(self._title, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self._aside, 0, Qt.AlignmentFlag.AlignBottom)
        line.addStretch(1)
        words.addLayout(line)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.GAP)
        self._row.addLayout(words, 1)
        self.set_eyebrow(eyebrow)
        self.set_aside(aside)
        if chip is not None:
            self.add_right(chip)

    def set_title(self, text: str) -> None:
        """Show another title."""
        self._title.setText(text)

    def set_eyebrow(self, text: str) -> None:
        """Show another small line, or none."""
        self._eyebrow.setText(text)
        self._eyebrow.setVisible(bool(text))

    def set_aside(self, text: str) -> None:
        """Show another remark beside the title, or none."""
        self._aside.setText(text)
        self._aside.setVisible(bool(text))

    def add_right(self, widget: QWidget) -> None:
        """Stand a chip or a button at the right end."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
