#!/bin/sh
# Installs what the build needs and Swift does not bring: the C interface of a BLAS, and Python 3 with venv for one test.
# usage: install-dependencies.sh [PROGRAM…]: also these, each in the Debian package of its name.
# Uses apt, with sudo where needed; where that is not possible, says what to install.
set -eu

missing=""
for header in /usr/include/cblas.h /usr/include/*-linux-gnu*/cblas.h; do
  [ -e "$header" ] && cblas=found
done
[ "${cblas:-}" = found ] || missing="$missing libblas-dev"
command -v pkg-config >/dev/null 2>&1 || missing="$missing pkg-config"
python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing="$missing python3 python3-venv"

for program in "$@"; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done

if ! command -v swift >/dev/null 2>&1; then
  echo "Swift 6.3 or later is missing: see https://www.swift.org/install/linux/" >&2
  exit 1
fi
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "These packages (by Debian's names) are missing, and there is no apt-get to install them:$missing" >&2
  exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "Please install, as root: apt-get install$missing" >&2
    exit 1
  fi
  as_root="sudo"
fi
echo "Installing$missing"
$as_root apt-get update -q
# shellcheck disable=SC2086  # a list of packages
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
