#!/bin/sh
# Makes sure that the tests find a browser. PostgreSQL they find, or download, by themselves (db/embedded).
# Without a browser CI fails; elsewhere the browser tests skip themselves and this says so.
set -eu

find_browser() {
	for name in chromium chromium-browser google-chrome google-chrome-stable chrome headless-shell; do
		if command -v "$name" >/dev/null 2>&1; then
			return 0
		fi
	done
	[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

install_browser() {
	[ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
	echo "Installing Chromium for the browser tests" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >&2
}

if find_browser || { install_browser && find_browser; }; then
	exit 0
fi

cat >&2 <<'MESSAGE'
No browser was found, and none could be installed without you. Install Chromium or Chrome:
  Debian, Ubuntu   sudo apt-get install chromium
  Fedora           sudo dnf install chromium
  macOS            brew install --cask google-chrome
MESSAGE
if [ -n "${CI:-}" ]; then
	exit 1
fi
echo "WARNING: the browser tests are going to be SKIPPED" >&2
