#!/bin/sh
# Prints the card of a model in Markdown: what it is, what it was trained on, how it does on labelled articles.
# usage: model-card.sh NHAN MODEL DATA
set -eu

nhan=$1
model=$2
data=$3
field() { "$nhan" model show "$model" | sed -n "s/^ *\"$1\": \(.*[^,]\),\{0,1\}$/\1/p" | head -n 1; }

cat <<EOF
# Model card: $(basename "$model" .safetensors)

Tags Vietnamese news articles with the themes seas and islands, borders, awards, directives: several, or none. Meant for
articles of newspapers, portals and broadcasters, also as saved pages; not for other texts, and not for decisions about
people. Trained on articles written for this project (\`training-data/README.md\` says how and where they fall short); real
articles are harder: \`docs/accuracy.md\`.

- documents trained on: $(field documents), of these $(field documents-without-label) without any theme
- columns: $(field columns)
- cross-validated micro-F1, no desk on both sides: $(field cross-validated-micro-f1)
- training data, SHA-256: $(field data-sha256 | tr -d '"')
- content, SHA-256: $(field content-sha256 | tr -d '"')
- thresholds: a probability for each tag, in the model; \`nhan tune\` chooses others

## On the test articles

EOF
"$nhan" evaluate --model "$model" --data "$data" --by form --by outlet --format markdown
