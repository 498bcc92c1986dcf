#!/bin/sh
# Installs the Debian packages that avow needs; says nothing when all are there.
#
#   ./deps.sh           to build and run
#   ./deps.sh --tests   also to run all tests and to fuzz
#   ./deps.sh --bench   also the peers that the benchmarks run beside avow
set -eu

build="gcc libc6-dev meson ninja-build pkg-config zlib1g-dev libxml2-dev libjansson-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev libsystemd-dev publicsuffix"
tests="clang libclang-rt-14-dev libcmocka-dev openssl python3 libxml2-utils man-db jq nginx-light slapd ldap-utils curl"
bench="libevtx-utils python3-evtx time"

wanted=$build
case "${1-}" in
'') ;;
--tests) wanted="$build $tests" ;;
--bench) wanted="$build $tests $bench" ;;
*)
	echo "usage: ./deps.sh [--tests|--bench]" >&2
	exit 64
	;;
esac

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing" >&2
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
export RUNLEVEL=1 # the servers of the tests are not started by their packages
# shellcheck disable=SC2086
$sudo apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 || {
	$sudo apt-get update
	$sudo apt-get install -y --no-install-recommends $missing
}
