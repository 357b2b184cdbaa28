"""Everything that can be read, on one connection."""

import sqlalchemy as sa

from hmi.ports import JournalRecords
from hmi.times import Clock
from local_db.stores.alarms import AlarmStore
from local_db.stores.equipment import EquipmentStore
from local_db.stores.journal import JournalStore
from local_db.stores.maintenance import MaintenanceStore
from local_db.stores.plans import PlanStore
from local_db.stores.production import ProductionStore
from local_db.stores.quality import QualityStore


class SqliteRecords:
    """Implements hmi.ports.Records; to be used within one transaction of the ledger thread."""

    def __init__(
        self, connection: sa.Connection, clock: Clock, journal: JournalRecords | None = None
    ) -> None:
        """One store a family; `journal` where entries come from more than this connection."""
        self.plans = PlanStore(connection)
        self.production = ProductionStore(connection)
        self.equipment = EquipmentStore(connection)
        self.quality = QualityStore(connection)
        self.maintenance = MaintenanceStore(connection, clock)
        self.alarms = AlarmStore(connection)
        self.journal: JournalRecords = JournalStore(connection) if journal is None else journal
