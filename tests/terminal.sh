# shellcheck shell=sh
# The explorer in a real terminal (tmux), for the rungs that source this with the name of the build folder in $1. Waits for the
# program's own word that it is idle, never by the clock: PODA_TEST=1 makes it publish idle:COUNT as the terminal's title.
command -v tmux >/dev/null 2>&1 || { echo "# skipped: no tmux"; exit 0; }
rung=$(basename "$0")
poda=$(pwd)/$1/poda
here=$(pwd)
work=$(mktemp -d)
number=0
server="poda$$-0"
tm() { tmux -L "$server" -f /dev/null "$@"; }
trap 'tm kill-server 2>/dev/null; rm -rf "$work"' EXIT

count() { tm display -p '#{pane_title}' 2>/dev/null | sed -n 's/^idle:\([0-9]*\)$/\1/p'; }
settle() { # COUNT: wait until the program is idle and has handled more than that
    tries=0
    while [ $tries -lt 4000 ]; do
        now=$(count)
        [ -n "$now" ] && [ "$now" -gt "$1" ] && return 0
        tries=$((tries + 1))
    done
    return 1
}
start() { # SIZE COMMAND: in a fresh terminal; its state before and after goes to files
    tm kill-server 2>/dev/null
    number=$((number + 1))
    server="poda$$-$number"
    rm -f "$work/code" "$work/after"
    printf 'cd "%s"\nstty -a | tail -n +2 >"%s/before"\n%s\necho $? >"%s/code.new"\nstty -a | tail -n +2 >"%s/after"\nmv "%s/code.new" "%s/code"\nread -r line\n' \
        "$here" "$work" "$2" "$work" "$work" "$work" "$work" >"$work/script"
    tm new-session -d -x "${1%x*}" -y "${1#*x}" -e HOME="$work/home" -e LC_ALL=C.UTF-8 -e PODA_TEST=1 -e TERM=tmux-256color \
        -e XDG_DATA_HOME= -e XDG_STATE_HOME= sh "$work/script"
    settle 0
}
press() { # KEY...: each is handled before the next
    for key in "$@"; do
        before=$(count)
        tm send-keys -- "$key"
        settle "${before:-0}" || return 1
    done
}
raw() { # BYTES: as the terminal would send them, waiting as for one key
    before=$(count)
    tm send-keys -l -- "$(printf "$1")"
    settle "${before:-0}"
}
click() { # TEXT: where it stands on the screen
    at=$(tm capture-pane -p | awk -v text="$1" '{ x = index($0, text); if (x) { print x ";" NR; exit } }')
    [ -n "$at" ] && raw "\\033[<0;${at}M\\033[<0;${at}m"
}
appears() { # FILE: wait until it is there
    tries=0
    while [ ! -f "$1" ] && [ $tries -lt 4000 ]; do
        tm display -p x >/dev/null 2>&1
        tries=$((tries + 1))
    done
    [ -f "$1" ]
}
ended() { # wait for the program's end
    appears "$work/code"
}
whole() { # the terminal is as it was found: the line's modes, the screen, the pointer, the cursor
    cmp -s "$work/before" "${1:-$work/after}" && [ "$(tm display -p '#{alternate_on}#{mouse_any_flag}#{cursor_flag}')" = 001 ]
}
shows() { tm capture-pane -p | grep -q -- "$1"; }
say() { # CONDITION NAME
    if eval "$1"; then echo "ok $rung: $2"; else
        tm capture-pane -p 2>/dev/null | sed 's/^/# /' | head -n 40
        echo "not ok $rung: $2"
    fi
}
mkdir -p "$work/home"
