#!/bin/sh
# Runs one attempt.
# Usage: wrapper <attempt id> <output limit in 512-byte blocks> <open files> <command> [argument...]
# Input comes from /inputs/<attempt id>.input. Everything it leaves lies in /runs/<attempt id>:
#   record   pid, its start time, the container's start time (clock ticks since the host's boot)
#   output   what the command wrote to stdout and stderr, cut at the limit
#   exit     the exit code; appears whole, when the command has ended and its output is written
# Exit codes: 0 the command ran and `exit` holds its code, 73 the attempt is taken, 74 it could not be set up.
# A POSIX shell, setsid, mkdir, mkfifo, cat, env, sleep, mv and rm are all it needs of an image.
set -u
attempt=$1 blocks=$2 files=$3
shift 3
dir=/runs/$attempt
input=/inputs/$attempt.input
umask 022
# The daemon takes an exec for unfinished, for two seconds, while anything still holds the streams it gave.
exec </dev/null >/dev/null 2>&1

# mkdir is the claim: of two wrappers for one attempt exactly one gets the directory.
if ! mkdir "$dir"; then
  [ -e "$dir" ] && exit 73
  exit 74
fi
[ -r "$input" ] && : >"$dir/output" && mkfifo "$dir/pipe" || exit 74

# Opening a pipe for both never waits; with it open, neither end does, and the name can go.
exec 3<>"$dir/pipe" && exec 4<"$dir/pipe" 5>"$dir/pipe" && exec 3>&- || exit 74

# The command may raise it to the hard limit. An exec begins with the container's soft limit or, with newer versions of
# runc, with its hard one. Where the hard limit is lower this fails, and the command has that one.
ulimit -S -n "$files"

# A session of its own: cancelling signals the command and its children without touching this wrapper.
setsid "$@" <"$input" >&5 2>&1 4<&- 5>&- &
command=$!

# The limit holds for the copying process alone. At the limit its write fails, it ends, and the second one drains the
# rest: the command is never blocked by its own output. cat writes what it reads at once.
{
  (trap '' XFSZ; ulimit -f "$blocks"; exec cat >>"$dir/output")
  exec cat >/dev/null
} <&4 4<&- 5>&- &
copier=$!
exec 4<&- 5>&-
rm -f "$dir/pipe" &

start_time() {
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || stat=
  # Field 22; the name in parentheses may hold spaces, so counting starts behind it.
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  started=${20:-0}
}
start_time "$command"
command_started=$started
start_time 1
printf '{"pid":%s,"pid_started":%s,"container_started":%s}\n' "$command" "$command_started" "$started" >"$dir/record"

wait "$command"
code=$?

# A process left behind may keep the pipe open. What the command itself wrote is in the pipe by now, and two seconds
# are plenty to copy its 64 KB, so the copier is not waited for longer; it goes on, so that what was left behind is
# not ended by a broken pipe. `env -i`: the timer is not part of the attempt.
trap : USR1
(
  trap 'kill "$timer"; exit 0' TERM
  env -i sleep 2 &
  timer=$!
  wait "$timer"
  kill -USR1 $$
) &
deadline=$!
wait "$copier"
kill "$deadline"

printf '%s\n' "$code" >"$dir/exit.new" && mv "$dir/exit.new" "$dir/exit" && exit 0
exit 74
