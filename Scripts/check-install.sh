#!/bin/sh
# Installs into a scratch folder and uses the installed copy: every plugin passes its check, and one in Swift, whose
# runtime is not the command's, trains and tags.
# usage: check-install.sh [BUILT]
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
Scripts/install.sh "$scratch" "$@"
nhan="$scratch/bin/nhan"
for plugin in "$scratch"/lib/nhan/plugins/*.so; do
  "$nhan" plugin check "$plugin"
done
"$nhan" train --config Plugins/WordSegmenter/config.yaml --data training-data/test --output "$scratch/model" > /dev/null
"$nhan" classify --model "$scratch/model" Examples > "$scratch/tags"
test "$(wc -l < "$scratch/tags")" = "$(find Examples -type f | wc -l)"
echo "the installed copy works"
