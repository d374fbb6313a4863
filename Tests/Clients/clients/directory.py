"""Rows of a server that is not running: principals and roles that are there before anybody asks."""

import hashlib
import os
import sqlite3
import uuid


def insert(data, table, row):
    database = sqlite3.connect(data / "causeway.db")
    try:
        with database:
            names = ", ".join(row)
            database.execute(f"insert into {table} ({names}) values ({', '.join('?' for _ in row)})", list(row.values()))
    finally:
        database.close()


def add_user(data, tenant, name, password):
    """A user with that password; its object ID."""
    salt, object_id = os.urandom(16), str(uuid.uuid4())
    hashed = hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=1, dklen=32, maxmem=64 * 1024 * 1024)
    insert(data, "directory_user", {
        "tenant_id": tenant, "object_id": object_id, "user_principal_name": name, "display_name": name.split("@")[0],
        "is_enabled": 1, "salt": salt, "hash": hashed, "etag": "1", "created_at": 0, "updated_at": 0,
    })
    return object_id


OWNER, RELAY_SENDER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "26baccc8-eea7-41f1-98f4-1762cc7f685d"


def give_role(data, object_id, role=OWNER, kind="User"):
    """Gives a role everywhere, as the first administrator has one."""
    database = sqlite3.connect(data / "causeway.db")
    database.row_factory = sqlite3.Row
    try:
        row = dict(database.execute("select * from role_assignment order by id limit 1").fetchone())
    finally:
        database.close()
    del row["id"]
    insert(data, "role_assignment", {**row, "name": str(uuid.uuid4()), "principal_id": object_id, "role_definition_id": role, "principal_type": kind})
