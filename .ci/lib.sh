# Shared by the set-up scripts: where state lives, what is talked to, how to talk.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # shared with the scripts that source this file

# One place for all clones of the project on this machine: a second clone finds the work done.
state="${IMAGEKIT_DEV_STATE:-${XDG_CACHE_HOME:-$HOME/.cache}/imagekit-dev}"
# The mirror's port is part of the engine's configuration, so it is chosen once and remembered.
registry_port="${IMAGEKIT_DEV_REGISTRY_PORT:-$(cat "$state/registry.port" 2>/dev/null || echo 5000)}"
registry="127.0.0.1:$registry_port"

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() {
    printf '%s: %s\n' "$me" "$1" >&2
    shift
    [ $# -eq 0 ] || printf '    %s\n' "$@" >&2
    exit 1
}

# at_least HAVE WANT: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# is_process PID NAME: a pid file outlives its process, and the number may be another's by now. One that was
# killed and is not yet reaped still has its name, but no memory.
is_process() {
    [ -n "$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] && grep -qs "^VmSize:" "/proc/$1/status"
}

# debian_mirror SUFFIX: SUFFIX is empty, or -security; prints "URI<tab>Signed-By" of this machine's own Debian archive.
debian_mirror() {
    (
        suite_suffix="$1"
        # shellcheck source=/dev/null
        . /etc/os-release
        shopt -s nullglob
        for file in /etc/apt/sources.list.d/*.sources; do
            printf '\n'
            cat "$file"
        done | awk -v codename="$VERSION_CODENAME$suite_suffix" '
            function flush() {
                if (uri != "" && types ~ /(^| )deb( |$)/ && (" " suites " ") ~ (" " codename " ") && enabled != "no")
                    print uri "\t" key
                uri = types = suites = key = enabled = ""
            }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            {
                value = $0; sub(/^[^:]*:[ \t]*/, "", value)
                field = tolower($0); sub(/:.*/, "", field)
            }
            field == "uris" { split(value, all, /[ \t]+/); uri = all[1] }
            field == "types" { types = value }
            field == "suites" { suites = value }
            field == "signed-by" { key = value }
            field == "enabled" { enabled = tolower(value) }
            END { flush() }'
        { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
            awk -v codename="$VERSION_CODENAME$suite_suffix" '
                $1 == "deb" {
                    key = ""; at = 2
                    if ($2 ~ /^\[/) {
                        while ($at !~ /\]$/ && at < NF) at++
                        for (i = 2; i <= at; i++) {
                            option = $i; gsub(/[\[\]]/, "", option)
                            if (option ~ /^signed-by=/) { sub(/^signed-by=/, "", option); key = option }
                        }
                        at++
                    }
                    if ($(at + 1) == codename) print $at "\t" key
                }'
    ) | head -n 1
}

# as_root_on_debian: may this script install packages here?
as_root_on_debian() { [ "$(id -u)" -eq 0 ] && grep -q '^ID=debian$' /etc/os-release 2>/dev/null; }

# install_packages PACKAGE...: without a service manager no package starts its service (hence RUNLEVEL): the
# scripts start them, with their own settings.
install_packages() {
    local log="$state/apt.log"
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-unsafe-io "$@" >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        die "apt-get could not install: $*" "The whole log: $log"
    }
}
