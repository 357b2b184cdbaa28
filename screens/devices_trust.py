"""A server's certificate that nobody has accepted yet: what it says, and who may decide with two touches."""

import logging

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from hmi.domain.personnel import Permission
from hmi.domain.trust import ServerCertificate, TrustState, grouped
from hmi.errors import NotAdmitted
from hmi.operations.machine import DecideTrust, decide_trust
from hmi.ports import Saved
from hmi.terminal import Outcome, Terminal
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.theme import Scale

_log = logging.getLogger(__name__)


class TrustBox(QWidget):
    """Fingerprint, name and validity beside each other with those that were trusted before; accept or refuse.

    Accepting takes two touches at two places: the second says that the fingerprint was compared with the
    one at the machine. Only who may trust servers may decide; others see who may. The journal has the
    decision with its name before it holds.
    """

    def __init__(self, terminal: Terminal, link: str) -> None:
        """Hidden while there is nothing to decide."""
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._terminal = terminal
        self._shown: ServerCertificate | None = None
        t, name = terminal.t, f"devices.trust.{link}"
        self._title = labels.wrapped(scale=Scale.STRONG, name=f"{name}.title")
        self._print = labels.wrapped(scale=Scale.STRONG, name=f"{name}.print")
        self._about = labels.wrapped(scale=Scale.SMALL, name=f"{name}.about")
        self._before = labels.wrapped(scale=Scale.SMALL, name=f"{name}.before")
        self._who = labels.wrapped(scale=Scale.BODY, name=f"{name}.who")
        self._accept = ActionButton(t("devices.trust.accept"), name=f"{name}.accept", main=False)
        self._refuse = ActionButton(t("devices.trust.refuse"), name=f"{name}.refuse", main=False)
        self._back = ActionButton(t("devices.trust.back"), name=f"{name}.back", kind=Kind.QUIET, main=False)
        self._sure = ActionButton(t("devices.trust.sure"), name=f"{name}.sure", kind=Kind.PRIMARY, main=False)
        self._accept.clicked.connect(lambda: self._ask(True))
        self._back.clicked.connect(lambda: self._ask(False))
        self._refuse.clicked.connect(lambda: self._decide(accept=False))
        self._sure.clicked.connect(lambda: self._decide(accept=True))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        for item in (self._title, self._print, self._about, self._before, self._who):
            box.addWidget(item)
        for pair in ((self._accept, self._refuse), (self._back, self._sure)):
            row = QHBoxLayout()
            row.setSpacing(theme.GAP)
            for button in pair:
                row.addWidget(button, 1)
            box.addLayout(row)
        self._asking = self._decided = False
        self._trouble = ""  # why the last decision was not kept
        self.show_certificate(None)

    def show_certificate(self, shown: ServerCertificate | None) -> None:
        """Show what a server showed; None when there is nothing to decide."""
        if shown != self._shown:
            self._asking = self._decided = False
            self._trouble = ""
        self._shown = shown
        self.setVisible(shown is not None)
        if shown is None or self._decided:
            return
        t = self._terminal.t
        self._title.setText(self._trouble or t(f"devices.trust.{shown.state}"))
        self._print.setText(shown.grouped)
        self._about.setText(
            t(
                "devices.trust.about",
                subject=shown.subject,
                uri=shown.application_uri,
                until=f"{shown.not_after:%Y-%m-%d}",
            )
        )
        self._before.setVisible(bool(shown.before))
        self._before.setText(t("devices.trust.before", print=grouped(shown.before)) if shown.before else "")
        may = self._terminal.may(Permission.TRUST_SERVERS) and self._terminal.trust is not None
        self._who.setText(t("devices.trust.compare" if self._asking else "devices.trust.who"))
        self._who.setVisible(self._asking or not may)
        self._accept.setVisible(may and not self._asking)
        self._refuse.setVisible(may and not self._asking and shown.state is not TrustState.REFUSED)
        self._back.setVisible(may and self._asking)
        self._sure.setVisible(may and self._asking)

    def _ask(self, asking: bool) -> None:
        self._asking = asking
        self.show_certificate(self._shown)

    def _offer_again(self, trouble: str) -> None:
        if isValid(self):
            self._decided, self._trouble = False, trouble
            self.show_certificate(self._shown)

    def _decide(self, *, accept: bool) -> None:
        shown, trust, session = self._shown, self._terminal.trust, self._terminal.session
        if shown is None or trust is None or session is None:
            return
        by = session.name

        def kept(outcome: Outcome) -> None:
            if isinstance(outcome, Saved):
                try:
                    (trust.accept if accept else trust.refuse)(shown, by)
                except (OSError, NotAdmitted) as error:
                    _log.warning(
                        "a decision about the certificate of %s is not kept: %s", shown.endpoint, error
                    )
                    self._offer_again(self._terminal.t("devices.trust.not_kept", why=error))
                else:
                    if isValid(self):
                        self._title.setText(self._terminal.t("devices.trust.decided"))
            else:
                self._offer_again(outcome.words)

        self._asking, self._decided = False, True
        for button in (self._accept, self._refuse, self._back, self._sure):
            button.setVisible(False)
        self._terminal.do(decide_trust, DecideTrust(shown, accept), kept)
