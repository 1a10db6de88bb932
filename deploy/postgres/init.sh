#!/bin/bash
# One database and one login role per service, with rights on its own database only.
set -euo pipefail

make_service() {
  local name=$1 password=$2
  psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -v name="$name" -v password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

make_service intake "$INTAKE_DB_PASSWORD"
make_service scheduling "$SCHEDULING_DB_PASSWORD"
make_service notifications "$NOTIFICATIONS_DB_PASSWORD"
make_service billing "$BILLING_DB_PASSWORD"
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -c 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC'
