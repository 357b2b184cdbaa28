"""What a configuration says of an MES that is reached by docs/mes-contract."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class RestSettings(BaseModel):
    """[mes] with connector = "rest"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        description="address of the MES up to its base path", examples=["http://mes.example:8070"]
    )
    token_file: Path | None = Field(
        default=None,
        description="file that holds this terminal's token; beside this file, or absolute",
        examples=["mes-token.txt"],
        json_schema_extra={"usual": True},
    )
    token_env: str | None = Field(
        default=None,
        description="environment variable that holds the token, where there is no file for it",
        examples=["LINESIDE_MES_TOKEN"],
        pattern="^[A-Za-z_][A-Za-z0-9_]*$",
    )
    client_cert_file: Path | None = Field(
        default=None,
        description="this terminal's certificate (PEM), where the MES asks for one",
        examples=["terminal.pem"],
    )
    client_key_file: Path | None = Field(
        default=None,
        description="the key (PEM) of that certificate; default: in the same file",
        examples=["terminal-key.pem"],
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

    @model_validator(mode="after")
    def _known_to_the_mes(self) -> "RestSettings":
        if self.token_file is None and self.token_env is None and self.client_cert_file is None:
            raise ValueError("token_file, token_env or client_cert_file is missing: the MES has to know us")
        if self.client_cert_file is not None and not self.url.startswith("https://"):
            raise ValueError("client_cert_file needs an https:// address")
        if self.client_key_file is not None and self.client_cert_file is None:
            raise ValueError("client_key_file without client_cert_file")
        return self

    def beside(self, folder: Path) -> "RestSettings":
        """The same with paths that start from a folder, unless they are absolute."""
        names = ("token_file", "ca_file", "client_cert_file", "client_key_file")
        given = {name: path for name in names if (path := getattr(self, name)) is not None}
        return self.model_copy(update={name: folder / path for name, path in given.items()})
