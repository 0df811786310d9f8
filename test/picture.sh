#!/bin/bash
# picture.sh: takes the README's pictures of the real console: it runs podtracer demo on a terminal of 120x32, and presses keys.
set -euo pipefail
cd "$(dirname "$0")/.."

tmux() { command tmux -L podtracer-picture "$@"; }
see() { # TEXT: waits until the text is on the screen
	for _ in $(seq 100); do
		tmux capture-pane -p -t demo | grep -qF -- "$1" && return
		sleep 0.1
	done
	echo "picture: $1 did not appear" >&2
	exit 1
}
take() { tmux capture-pane -e -p -t demo | go run ./test/picture >"docs/$1.svg"; }

data=$(mktemp -d)
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$data"' EXIT
tmux -f /dev/null new-session -d -s demo -x 120 -y 32 "PODTRACER_DATA_DIR=$data ./bin/podtracer demo"
see 'client-0'
sleep 12 # until the cache has crashed and a batch pod has started
tmux send-keys -t demo / 'shop here' Enter i
see 'routes'
take console-home
tmux send-keys -t demo / C-u client-0 Enter
see '1 of'
tmux send-keys -t demo Enter
see 'will run'
tmux send-keys -t demo Tab C-p
see 'presets by symptom'
take console-form
tmux send-keys -t demo Escape
sleep 1
tmux send-keys -t demo ' port 8080' Enter
see 'Flags'
sleep 4
take console-run
tmux send-keys -t demo q
see 'still running'
tmux send-keys -t demo y
