#!/bin/sh
# Runs a command once, and shows it to whoever asks. Usage: step.sh <directory> <command> [argument...]
# Of all calls with the same directory the first runs the command; it goes on when the caller goes away. Every call,
# also a later one, gives its output from the beginning on stdout, and when it has ended its exit code on stderr.
# Nothing on stderr: the command was killed together with what ran it.
#   alive    a pipe; it exists from the moment the command is claimed, and is held open as long as it is run
#   output   what the command wrote to stdout and stderr
#   exit     its exit code; appears whole
# A POSIX shell, setsid, mkdir, mkfifo, ln, cat, sleep, mv and rm are all it needs of an image.
set -u
dir=$1
shift
umask 022

run() {
  # A session of its own, without our pipe: what it leaves behind keeps nobody waiting.
  setsid "$@" </dev/null >>"$dir/output" 2>&1 9>&- &
  wait $!
  printf '%s\n' $? >"$dir/exit.new" && mv "$dir/exit.new" "$dir/exit"
}

mkdir -p "$dir" && : >>"$dir/output" || exit 74
if ! [ -e "$dir/alive" ]; then
  mkfifo "$dir/alive.$$" || exit 74
  # Opening a pipe for both never waits.
  exec 9<>"$dir/alive.$$" || exit 74
  # A link is the claim: of two calls exactly one makes it, and what it names is held open already.
  if ln "$dir/alive.$$" "$dir/alive" 2>/dev/null; then
    (trap '' HUP; run "$@") >/dev/null 2>&1 </dev/null &
  fi
  rm -f "$dir/alive.$$"
  exec 9>&-
fi

# With the pipe open for both, opening it to read does not wait; once the runner is gone, reading it ends.
exec 8<>"$dir/alive" && exec 7<"$dir/alive" 8>&- 6<"$dir/output" || exit 74
ended=
trap 'ended=1' USR1
(cat <&7 >/dev/null; kill -USR1 $$ 2>/dev/null) 6<&- &
exec 7<&-
# Each cat goes on where the last one stopped.
while [ -z "$ended" ]; do
  cat <&6
  [ -n "$ended" ] || { { sleep 0.2 || sleep 1; } 2>/dev/null & wait $!; }
done
cat <&6
[ -e "$dir/exit" ] && cat "$dir/exit" >&2
exit 0
