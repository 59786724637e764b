# Sourced by tools/run and tools/test: Debian packages that the build and the tests need.
# Needs: root= (the checkout). Offers: say, packages_install FILE..., become_owner.

export PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin LC_ALL=C.UTF-8

# Every sentence to the user comes in both languages.
say() {
	printf '%s\n%s\n' "$1" "$2"
}

packages_missing() {
	local name
	for name in $(grep -hv '^#' "$@"); do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
	done
}

# Runs a command as root: directly, or through sudo.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# Installs what is missing of the packages listed in the files, and nothing else. The package lists are
# only fetched when they are absent or too old to serve.
packages_install() {
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "这不是 Debian 系统：请自行安装 $* 中所列的软件。" \
			"This is not a Debian system: install what $* lists by other means." >&2
		return 0
	fi
	local missing log
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		say "缺少软件包，且没有 sudo。请以 root 运行：" "Packages are missing and there is no sudo. As root, run:" >&2
		echo "apt-get update && apt-get install --no-install-recommends" $missing >&2
		return 1
	fi
	say "正在安装缺少的软件包：" "Installing missing packages:"
	echo $missing | fold -s -w 110 | sed 's/^/  /'
	log=$(mktemp)
	if ! apt_install $missing >"$log" 2>&1 &&
		! { as_root apt-get update -q >"$log" 2>&1 && apt_install $missing >>"$log" 2>&1; }; then
		tail -20 "$log" >&2
		rm -f "$log"
		say "软件包安装失败（见上）。" "The packages could not be installed (see above)." >&2
		return 1
	fi
	rm -f "$log"
}

# Whether there is no node here that can build the pages. With npm, an older node fetches a newer one (web.py).
lacks_node() {
	local major minor
	IFS=. read -r major minor _ <<<"$(node --version 2>/dev/null | tr -d v)"
	! command -v npm >/dev/null || [ -z "${major:-}" ] || [ "$((major * 100 + minor))" -lt 2019 ]
}

# root in somebody's checkout needs its rights for the packages only. Afterwards everything runs as the
# owner, so that no file is left behind that the owner cannot change.
become_owner() {
	local owner
	owner=$(stat -c %U "$root")
	if [ "$(id -u)" = 0 ] && [ "$owner" != root ] && [ "$owner" != UNKNOWN ]; then
		export HOME
		HOME=$(getent passwd "$owner" | cut -d: -f6)
		exec setpriv --reuid="$owner" --regid="$(stat -c %g "$root")" --init-groups "$@"
	fi
	exec "$@"
}
