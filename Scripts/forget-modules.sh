#!/bin/sh
# Usage: Scripts/forget-modules.sh BUILD PRODUCT SOURCE...
#
# Modules are optimized together, and take over from each other how types lie in memory. When that changes, not all that has
# taken it over is built again, and the program may crash. So if a source is newer than the product, or there is none,
# everything built of the project's own modules for release goes; what they depend on stays.
set -eu
build=$1 product=$2
shift 2
if [ -e "$product" ] && [ -z "$(find "$@" -type f -newer "$product" -print -quit)" ]; then exit 0; fi
release=$build/release
rm -rf "$release"/Nhan*.build "$release"/nhan*.build "$release"/WordSegmenter*.build \
  "$release"/LegacyEncodings*.build "$release"/Modules/Nhan* "$release"/Modules/nhan* "$build"/release.yaml
