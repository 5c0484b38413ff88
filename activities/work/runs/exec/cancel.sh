#!/bin/sh
# Ends one attempt. Usage: cancel <attempt id> <grace in milliseconds>
# Its processes are those with the attempt's id in their environment, their descendants, and whatever shares a session
# with one of them: a command that only changes its session, or only clears its environment, does not escape. They get
# SIGTERM (the wrapper's session not, so that it still records output and exit code) and after the grace SIGKILL (all).
# Prints the number of processes left. Needs a POSIX shell, grep and sleep of an image; kill is the shell's own.
set -u
attempt=$1 grace_ms=$2

# Sets `parent` and `session` of a pid; fails for a process that is gone or a zombie.
fields() {
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # The name in parentheses may hold spaces: counting starts behind it.
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  [ "$1" != Z ] || return 1
  parent=$2 session=$4
}

add() {
  members="$members$1 "
  # Session 0 is that of a process whose leader lives outside the container.
  [ "$session" = 0 ] && return
  case $sessions in *" $session "*) ;; *) sessions="$sessions$session " ;; esac
}

# Sets `members`: the attempt's processes.
scan() {
  members=' ' sessions=' '
  for file in $(cd /proc && grep -lszxF "CREWSHIP_ATTEMPT_ID=$attempt" [0-9]*/environ 2>/dev/null); do
    pid=${file%/environ}
    fields "$pid" && add "$pid"
  done
  [ "$members" = ' ' ] && return
  # A parent may be listed after its child: repeat until a pass finds nobody new.
  grown=yes
  while [ "$grown" = yes ]; do
    grown=no
    for path in /proc/[0-9]*; do
      pid=${path#/proc/}
      case $members in *" $pid "*) continue ;; esac
      [ "$pid" = 1 ] && continue
      fields "$pid" || continue
      case $members in *" $parent "*) add "$pid"; grown=yes; continue ;; esac
      case $sessions in *" $session "*) add "$pid"; grown=yes ;; esac
    done
  done
}

# Sets `wrappers`: the sessions that wrappers of the attempt lead.
find_wrappers() {
  wrappers=' '
  for pid in $members; do
    fields "$pid" || continue
    [ "$session" = "$pid" ] && grep -qszF /opt/crewship/runtime/wrapper- "/proc/$pid/cmdline" &&
      wrappers="$wrappers$pid "
  done
}

scan
find_wrappers
for pid in $members; do
  fields "$pid" || continue
  case $wrappers in *" $session "*) ;; *) kill -TERM "$pid" 2>/dev/null ;; esac
done

waited=0
while [ "$waited" -lt "$grace_ms" ]; do
  scan
  [ "$members" = ' ' ] && break
  sleep 0.05
  waited=$((waited + 50))
done

# Two empty scans in a row: one alone may miss a process between fork and exec.
empty=0 rounds=0 count=0
while [ "$empty" -lt 2 ] && [ "$rounds" -lt 40 ]; do
  rounds=$((rounds + 1))
  scan
  # shellcheck disable=SC2086
  set -- $members
  count=$#
  if [ "$count" -eq 0 ]; then
    empty=$((empty + 1))
  else
    empty=0
    for pid in $members; do kill -KILL "$pid" 2>/dev/null; done
    sleep 0.02
  fi
done
printf '%s\n' "$count"
