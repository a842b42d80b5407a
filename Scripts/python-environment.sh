#!/bin/sh
# Makes a Python environment with the packages that tests compare against. usage: python-environment.sh FOLDER
set -eu

folder=$1
if [ ! -x "$folder/bin/python3" ]; then
  python3 -m venv "$folder"
fi
"$folder/bin/python3" -c 'import numpy, safetensors' 2>/dev/null ||
  "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check numpy safetensors
