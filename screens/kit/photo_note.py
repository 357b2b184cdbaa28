"""A note and photos that belong to an entry: what was written, what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from screens.kit import painting, theme
from screens.kit.buttons import ActionButton
from screens.kit.choice_field import TouchField
from screens.kit.flow import FlowLayout
from screens.kit.touch import Touchable, retire


@dataclass(frozen=True)
class PhotoNoteWords:
    """The words of the controls."""

    note: str
    write: str
    photo: str
    remove: str


class _Photo(Touchable):
    """One picture, as large as a finger needs it."""

    def __init__(self, name: str, image: QImage, remove: str) -> None:
        super().__init__(name, "")
        self._image = image
        self.setAccessibleName(remove)
        self.setFixedSize(theme.RAIL, theme.BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.current()
        rect = QRectF(self.rect())
        painting.surface(painter, rect, colours.field, colours.edge, theme.STROKE)
        inner = rect.adjusted(theme.HALF, theme.HALF, -theme.HALF, -theme.HALF)
        size = self._image.size().scaled(inner.size().toSize(), theme.KEEP_SHAPE)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(inner.center())
        painter.drawImage(place, self._image)
        self.paint_ring(painter, rect)

    def sizeHint(self) -> QSize:
        return QSize(theme.RAIL, theme.BAR)


class PhotoNote(QWidget):
    """The note as a field (a touch writes), the photos in a row (a touch takes one back), and "Photo".

    Where a note is written and where a photo comes from is the business of the screen.
    """

    note_touched = Signal()
    photo_wanted = Signal()
    photo_touched = Signal(int)

    def __init__(self, name: str, words: PhotoNoteWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._words = words
        self._photos: list[_Photo] = []
        self._note = TouchField(words.note, words.write, name=f"{name}.note")
        self._note.clicked.connect(self.note_touched)
        self._more = ActionButton(words.photo, name=f"{name}.photo", icon="plus", main=False)
        self._more.clicked.connect(self.photo_wanted)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QWidget()
        row.setMinimumHeight(theme.BAR)
        self._row = FlowLayout(parent=row)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._note)
        box.addWidget(row)
        self._row.addWidget(self._more)

    def set_note(self, text: str) -> None:
        """Show what was written."""
        self._note.set_text(text)

    def set_photos(self, images: Sequence[QImage]) -> None:
        """Show these pictures, in their order."""
        for photo in self._photos:
            self._row.removeWidget(photo)
            retire(photo)
        self._row.removeWidget(self._more)
        self._photos = [self._photo(number, image) for number, image in enumerate(images)]
        for widget in (*self._photos, self._more):
            self._row.addWidget(widget)

    def _photo(self, number: int, image: QImage) -> _Photo:
        made = _Photo(f"{self.objectName()}.photo.{number}", image, self._words.remove)
        made.clicked.connect(lambda: self.photo_touched.emit(number))
        return made
