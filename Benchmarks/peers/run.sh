#!/bin/sh
# Builds nhan, installs the peers in a Python environment of their own, and compares them. Arguments go to compare.py:
#   Benchmarks/peers/run.sh [--sets FOLDER] [--news CLONE] [--reuters CLONE] [--rounds N] [--only news|reuters] …
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=${NHAN_PEERS_VENV:-$root/.build/peers}

[ -x "$venv/bin/python3" ] || python3 -m venv "$venv"
# One at a time, so that a peer that cannot be installed here keeps no other away; the report names it.
grep -v '^#' "$here/requirements.txt" | while read -r requirement; do
  "$venv/bin/python3" -m pip install --quiet --disable-pip-version-check "$requirement" </dev/null ||
    echo "$requirement cannot be installed here" >&2
done
if [ -z "${NHAN:-}" ]; then
  make -C "$root" build >&2
  NHAN=$root/.build/release/nhan
fi
exec "$venv/bin/python3" "$here/compare.py" --nhan "$NHAN" "$@"
