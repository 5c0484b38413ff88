const FOREVER = 'while :; do sleep 9191; done';

/**
 * What agents do that nobody asked them to, each as the script of a task. Some end by themselves, others only when they
 * are ended; how they end is theirs, as long as they end and nobody else has to bear it.
 */
export const MISBEHAVIOURS: Readonly<Record<string, string>> = {
  'fork bomb that ignores SIGTERM': `trap '' TERM; bomb() { bomb | bomb & }; bomb; sleep 9191`,
  'kill -9 of all that it may reach': 'kill -9 -1; sleep 9191',
  'removes all that it may reach':
    'rm -rf /runs/* /records/* /inputs/* /workspace/* /output/* /crew/* "$HOME" / 2>/dev/null',
  'daemons that nothing ties to it': `for i in 1 2 3; do (setsid env -i sh -c 'trap "" TERM; ${FOREVER}' &); done`,
  'ignores every signal': `trap '' TERM INT HUP QUIT USR1 USR2; ${FOREVER}`,
  'fills its disks': 'for to in /tmp/full /dev/shm/full; do head -c 700000000 /dev/zero > $to; done',
  'closes its output': 'exec >&- 2>&-; echo nobody hears this; exec sleep 1',
  'a line of 10 MB': `head -c 10000000 /dev/zero | tr '\\0' a`,
  'writes faster than anybody reads': 'timeout 3 yes',
  'stops itself': 'kill -STOP $$',
};
