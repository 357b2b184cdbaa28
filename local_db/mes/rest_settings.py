"""What a configuration says of an MES that is reached by docs/mes-contract."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator


class RestSettings(BaseModel):
    """[mes] with connector = "rest"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        description="address of the MES up to its base path", examples=["http://mes.example:8070"]
    )
    token_file: Path = Field(
        description="file that holds this terminal's token; beside this file, or absolute",
        examples=["mes-token.txt"],
    )
    connect_timeout_s: float = Field(default=3.0, gt=0, le=60, description="patience for a connection, s")
    ca_file: Path | None = Field(
        default=None,
        description="certificates (PEM) that the MES's is checked against",
        examples=["mes-ca.pem"],
    )

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        try:
            url = urlsplit(value)
            port = url.port
        except ValueError as error:
            raise ValueError(f"not an address: {error}") from error
        plain = value.isprintable() and " " not in value
        if url.scheme not in ("http", "https") or not url.hostname or port == 0 or not plain:
            raise ValueError("not an http:// or https:// address")
        return value.rstrip("/")

    def beside(self, folder: Path) -> "RestSettings":
        """The same with paths that start from a folder, unless they are absolute."""
        ca_file = None if self.ca_file is None else folder / self.ca_file
        return self.model_copy(update={"token_file": folder / self.token_file, "ca_file": ca_file})
