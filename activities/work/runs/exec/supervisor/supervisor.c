/*
 * Runs one attempt in a crew's container, or holds the container open. No C library and nothing of the image: what a
 * tenant puts there runs as the agents' user only.
 *
 *   supervisor hold
 *   supervisor run <attempt> <output limit> <open files> <group> <mode> <command> [argument...]
 *
 * It begins as uid 0 with SETUID and SETGID. It goes on only once the host has put it into the attempt's control group:
 * until then it stops itself, and the host continues it. Input comes from /inputs/<attempt>.input. It leaves:
 *   /records/<attempt>/output   what the command wrote to stdout and stderr, cut at the limit
 *   /records/<attempt>/exit     {"code":…,"signal":…,"full":[…]}; whole, when the command has ended and all is written
 * Agents can write neither. /runs/<attempt> is the command's own: a group that no other attempt has may enter it.
 *
 * Exit codes: the command's, but for 73, the attempt is taken, and 74, it could not be set up; a command that ends with
 * one of these makes it 1.
 */
typedef unsigned long u64;
typedef long i64;
typedef unsigned int u32;

#if defined(__x86_64__)
enum { READ = 0, WRITE = 1, CLOSE = 3, IOCTL = 16, GETPID = 39, CLONE = 56, EXECVE = 59, EXIT = 231, WAIT4 = 61,
       KILL = 62, FCHMOD = 91, UMASK = 95, SETSID = 112, SETGROUPS = 116, SETRESUID = 117, SETRESGID = 119,
       STATFS = 137, PRCTL = 157, OPENAT = 257, MKDIRAT = 258, FCHOWNAT = 260, RENAMEAT = 264, FCHMODAT = 268,
       PPOLL = 271, DUP3 = 292, PIPE2 = 293, PRLIMIT = 302, LANDLOCK_CREATE = 444, LANDLOCK_RESTRICT = 446,
       PIDFD_OPEN = 434 };
static i64 call6(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e) {
  register i64 r10 __asm__("r10") = d;
  register i64 r8 __asm__("r8") = e;
  i64 result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call begin\n");
#elif defined(__aarch64__)
enum { READ = 63, WRITE = 64, CLOSE = 57, IOCTL = 29, GETPID = 172, CLONE = 220, EXECVE = 221, EXIT = 94, WAIT4 = 260,
       KILL = 129, FCHMOD = 52, UMASK = 166, SETSID = 157, SETGROUPS = 159, SETRESUID = 147, SETRESGID = 149,
       STATFS = 43, PRCTL = 167, OPENAT = 56, MKDIRAT = 34, FCHOWNAT = 54, RENAMEAT = 38, FCHMODAT = 53,
       PPOLL = 73, DUP3 = 24, PIPE2 = 59, PRLIMIT = 261, LANDLOCK_CREATE = 444, LANDLOCK_RESTRICT = 446,
       PIDFD_OPEN = 434 };
static i64 call6(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e) {
  register i64 x8 __asm__("x8") = n;
  register i64 x0 __asm__("x0") = a;
  register i64 x1 __asm__("x1") = b;
  register i64 x2 __asm__("x2") = c;
  register i64 x3 __asm__("x3") = d;
  register i64 x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
__asm__(".globl _start\n_start:\n mov x29,#0\n mov x0,sp\n bl begin\n");
#endif
#define call(n, ...) CALL_(n, ##__VA_ARGS__, 0, 0, 0, 0, 0)
#define CALL_(n, a, b, c, d, e, ...) call6(n, (i64)(a), (i64)(b), (i64)(c), (i64)(d), (i64)(e))

enum { AT_FDCWD = -100, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_EXCL = 0200, O_APPEND = 02000,
       O_CLOEXEC = 02000000, POLLIN = 1, SIGSTOP = 19, SIGCHLD = 17, EEXIST = 17, EINTR = 4, ENOEXEC = 8, ENOENT = 2,
       EACCES = 13, ENOTDIR = 20, AGENT = 1001, TAKEN = 73, NOT_SET_UP = 74 };
static const i64 NO_TIMEOUT = 0;

__attribute__((used)) static const char source[] = "source " SOURCE;

struct pollfd { int fd; short events, revents; };
struct timespec { i64 seconds, nanoseconds; };
struct limit { u64 soft, hard; };

/* The compiler may call these for loops and copies. */
void *memset(void *to, int byte, u64 size) {
  char *at = to;
  while (size--) *at++ = (char)byte;
  return to;
}
void *memcpy(void *to, const void *from, u64 size) {
  char *at = to;
  const char *source_at = from;
  while (size--) *at++ = *source_at++;
  return to;
}

static void leave(int code) {
  for (;;) call(EXIT, code);
}

static u64 length(const char *text) {
  u64 size = 0;
  while (text[size]) size++;
  return size;
}

static char *put(char *at, const char *text) {
  while (*text) *at++ = *text++;
  *at = 0;
  return at;
}

static char *put_number(char *at, u64 number) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count) *at++ = digits[--count];
  *at = 0;
  return at;
}

static u64 number_of(const char *text, u64 base) {
  u64 number = 0;
  for (; *text >= '0' && *text <= '9'; text++) number = number * base + (u64)(*text - '0');
  return number;
}

static int contains(const char *text, const char *part) {
  u64 size = length(part);
  for (; *text; text++) {
    u64 same = 0;
    while (same < size && text[same] == part[same]) same++;
    if (same == size) return 1;
  }
  return 0;
}

/* Whether this process is in the attempt's control group. */
static int is_placed(const char *attempt) {
  char line[128], cgroups[4096];
  put(put(put(line, "0::/attempts/"), attempt), "\n");
  int file = (int)call(OPENAT, AT_FDCWD, "/proc/self/cgroup", O_CLOEXEC);
  i64 size = 0, more;
  while ((more = call(READ, file, cgroups + size, sizeof cgroups - 1 - (u64)size)) > 0) size += more;
  call(CLOSE, file);
  cgroups[size] = 0;
  return contains(cgroups, line);
}

static void write_all(int file, const char *data, i64 size) {
  while (size > 0) {
    i64 written = call(WRITE, file, data, size);
    if (written == -EINTR) continue;
    /* A full disk: what it does not take is dropped, and the command goes on. */
    if (written <= 0) return;
    data += written;
    size -= written;
  }
}

/* Never returns. Tries PATH as shells do. */
static void run(char **argv, char **envp) {
  const char *path = "/usr/local/bin:/usr/bin:/bin";
  for (char **entry = envp; *entry; entry++) {
    const char *name = *entry;
    if (name[0] == 'P' && name[1] == 'A' && name[2] == 'T' && name[3] == 'H' && name[4] == '=') path = name + 5;
  }
  static char file[8192];
  i64 error = ENOENT;
  int direct = contains(argv[0], "/");
  u64 size = length(argv[0]);
  do {
    char *at = file;
    if (!direct) {
      while (*path && *path != ':' && at < file + 4000) *at++ = *path++;
      *at++ = '/';
      while (*path && *path != ':') path++;
      if (*path) path++;
    }
    if (size > 4000) break;
    put(at, argv[0]);
    i64 result = -call(EXECVE, file, argv, envp);
    if (result == ENOEXEC) {
      /* A script without an interpreter's line; argv[-1] is an argument of ours that nobody needs any more. */
      argv[0] = file;
      argv[-1] = "/bin/sh";
      result = -call(EXECVE, "/bin/sh", argv - 1, envp);
    }
    if (result != ENOENT && result != ENOTDIR) error = result;
  } while (!direct && *path);
  static char message[8400];
  write_all(2, message, put(put(put(message, "cannot run "), size > 4000 ? "the command" : argv[0]),
                            error == ENOENT ? ": not found\n" : error == EACCES ? ": not allowed\n" : ": failed\n") -
                            message);
  leave(error == ENOENT ? 127 : 126);
}

/* The command's process. */
static void become_agent(u32 group, u64 files, char **argv, char **envp) {
  struct limit limit;
  call(SETSID);
  call(UMASK, 022);
  if (call(PRLIMIT, 0, 7, 0, &limit) == 0) {
    /* The command may raise it to the hard limit. Where that is lower, the command has that one. */
    limit.soft = files < limit.hard ? files : limit.hard;
    call(PRLIMIT, 0, 7, &limit, 0);
  }
  if (call(SETGROUPS, 1, &group) || call(SETRESGID, AGENT, AGENT, AGENT) || call(SETRESUID, AGENT, AGENT, AGENT))
    leave(NOT_SET_UP);
  call(PRCTL, 38 /* no new privileges */, 1, 0, 0, 0);
  /* From Linux 6.12 on: signals reach this attempt's own processes only, and nobody else's memory or environment. */
  if (call(LANDLOCK_CREATE, 0, 0, 1) >= 6) {
    u64 rules[3] = {0, 0, 2 /* signals */};
    i64 ruleset = call(LANDLOCK_CREATE, rules, sizeof rules, 0);
    if (ruleset < 0 || call(LANDLOCK_RESTRICT, ruleset, 0) != 0) leave(NOT_SET_UP);
    call(CLOSE, ruleset);
  }
  run(argv, envp);
}

static int copy(int from, int to, u64 *left) {
  static char data[65536];
  i64 size = call(READ, from, data, sizeof data);
  if (size == -EINTR) return 1;
  if (size <= 0) return 0;
  u64 kept = (u64)size < *left ? (u64)size : *left;
  write_all(to, data, (i64)kept);
  *left -= kept;
  return 1;
}

/* Names of file systems without room, as JSON. */
static char *put_full(char *at) {
  static const char *const places[] = {"/tmp", "/dev/shm", "/workspace", "/output", "/home/agent"};
  struct { i64 type, block; u64 blocks, free, available; i64 rest[16]; } room;
  int any = 0;
  for (u64 i = 0; i < sizeof places / sizeof *places; i++) {
    if (call(STATFS, places[i], &room) != 0 || room.blocks == 0) continue;
    if (room.available * (u64)room.block >= 65536) continue;
    at = put(put(put(at, any++ ? ",\"" : "\""), places[i]), "\"");
  }
  return at;
}

static int supervise(int argc, char **argv, char **envp) {
  if (argc < 8) return NOT_SET_UP;
  const char *attempt = argv[2];
  u64 left = number_of(argv[3], 10), files = number_of(argv[4], 10);
  u32 group = (u32)number_of(argv[5], 10), mode = (u32)number_of(argv[6], 8);
  static char records[160], directory[160], path[256], next[256], end[512];
  if (length(attempt) > 64) return NOT_SET_UP;
  /* Its own process id names a group that no other living attempt of this container has. */
  i64 self = call(GETPID);
  group += (u32)self;
  /* The daemon takes an exec for unfinished, for two seconds, while anything still holds the streams it gave. */
  int null = (int)call(OPENAT, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = 0; stream < 3; stream++) call(DUP3, null, stream, 0);
  while (!is_placed(attempt)) call(KILL, self, SIGSTOP);

  /* mkdir is the claim: of two supervisors of one attempt exactly one gets the directory. */
  call(UMASK, 0);
  put(put(records, "/records/"), attempt);
  put(put(directory, "/runs/"), attempt);
  i64 made = call(MKDIRAT, AT_FDCWD, records, 0750);
  if (made != 0) return made == -EEXIST ? TAKEN : NOT_SET_UP;
  made = call(MKDIRAT, AT_FDCWD, directory, 0700);
  if (made != 0) return NOT_SET_UP;
  if (call(SETGROUPS, 1, &group) || call(FCHOWNAT, AT_FDCWD, directory, -1, group, 0) ||
      call(FCHMODAT, AT_FDCWD, directory, mode))
    return NOT_SET_UP;

  put(put(put(path, "/inputs/"), attempt), ".input");
  int input = (int)call(OPENAT, AT_FDCWD, path, O_CLOEXEC);
  put(put(path, records), "/output");
  int output = (int)call(OPENAT, AT_FDCWD, path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0640);
  int pipe[2];
  if (input < 0 || output < 0 || call(PIPE2, pipe, O_CLOEXEC) != 0) return NOT_SET_UP;
  /* Programs open /dev/stdout and /dev/stderr by their names. */
  call(FCHMOD, pipe[1], 0666);

  int child = (int)call(CLONE, SIGCHLD, 0, 0, 0, 0);
  if (child < 0) return NOT_SET_UP;
  if (child == 0) {
    call(DUP3, input, 0, 0);
    call(DUP3, pipe[1], 1, 0);
    call(DUP3, pipe[1], 2, 0);
    become_agent(group, files, argv + 7, envp);
  }
  call(CLOSE, pipe[1]);
  call(CLOSE, input);

  struct pollfd sources[2] = {{pipe[0], POLLIN, 0}, {(int)call(PIDFD_OPEN, child, 0), POLLIN, 0}};
  int open = 1;
  do {
    call(PPOLL, open ? sources : sources + 1, open ? 2 : 1, NO_TIMEOUT, 0, 0);
    if (open && sources[0].revents) open = copy(pipe[0], output, &left);
  } while (sources[1].revents == 0);
  int status = 0;
  while (call(WAIT4, child, &status, 0, 0) == -EINTR) {
  }
  /* What the command itself wrote is in the pipe. What it left behind may hold the pipe open, and have something to
     say yet: it has two seconds, of which the kernel leaves what is left. */
  struct timespec rest = {2, 0};
  while (open && call(PPOLL, sources, 1, &rest, 0, 8) > 0) open = copy(pipe[0], output, &left);
  int signal = status & 127, code = signal ? 128 + signal : (status >> 8) & 255;

  char *at = put_number(put(end, "{\"code\":"), (u64)code);
  at = put_number(put(at, ",\"signal\":"), (u64)signal);
  at = put(put_full(put(at, ",\"full\":[")), "]}\n");
  put(put(path, records), "/exit.new");
  put(put(next, records), "/exit");
  int record = (int)call(OPENAT, AT_FDCWD, path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);
  write_all(record, end, at - end);
  call(CLOSE, record);
  call(RENAMEAT, AT_FDCWD, path, AT_FDCWD, next);
  /* What was left behind is not to be ended by a broken pipe: that is for the host to decide. */
  if (open && call(CLONE, SIGCHLD, 0, 0, 0, 0) == 0) {
    left = 0;
    while (copy(pipe[0], output, &left)) {
    }
    leave(0);
  }
  return code == TAKEN || code == NOT_SET_UP ? 1 : code;
}

__attribute__((used)) void begin(i64 *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  char **envp = argv + argc + 1;
  if (argc == 2 && argv[1][0] == 'h') {
    for (;;) call(PPOLL, 0, 0, NO_TIMEOUT, 0, 0);
  }
  if (argc < 2) leave(NOT_SET_UP);
  leave(supervise(argc, argv, envp));
}
