#!/bin/sh
# Installs the built command with the runtime libraries it needs, so that it runs without a Swift toolchain.
# usage: install.sh PREFIX [BUILT]   ->   PREFIX/bin/nhan, PREFIX/lib/nhan (command, runtime, plugins), PREFIX/share/nhan
# (models, the kit that plugins are built with), PREFIX/include/nhan_plugin.h. BUILT: where the build has put its products.
# The BLAS stays the system's: Debian's libblas3, or any other that its alternatives name.
set -eu

prefix=$1
built=${2:-.build/release}
library="$prefix/lib/nhan"
mkdir -p "$prefix/bin" "$library" "$prefix/share/nhan"

install -m 755 "$built/nhan" "$library/nhan"
# The command has Swift's runtime in itself. Plugins written in Swift, Foundation or not, find theirs beside it.
needed() { ldd "$1" | awk '$2 == "=>" {print $3}'; }
runtime=$(dirname "$(needed "$built/libWordSegmenter.so" | grep libswiftCore.so)")
{
  echo "$runtime/libFoundation.so"
  needed "$runtime/libFoundation.so"
  needed "$built/libWordSegmenter.so"
} | grep -F "$runtime/" | sort -u | while read -r file; do
  install -m 644 "$file" "$library/"
done
ln -sf ../lib/nhan/nhan "$prefix/bin/nhan"
install -m 644 Models/*.yaml Models/*.safetensors "$prefix/share/nhan/"

mkdir -p "$library/plugins"
for name in HTMLText LegacyEncodings NaiveBayes WordSegmenter; do
  install -m 755 "$built/lib$name.so" "$library/plugins/"
done
# The kit's sources are links into the project's.
rm -rf "$prefix/share/nhan/Kit"
cp -RL Kit "$prefix/share/nhan/Kit"
rm -rf "$prefix/share/nhan/Kit/.build"
mkdir -p "$prefix/include"
install -m 644 Kit/Sources/CNhanPlugin/include/nhan_plugin.h "$prefix/include/"
echo "installed $prefix/bin/nhan"
