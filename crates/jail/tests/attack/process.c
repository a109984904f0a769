/* Ways into other processes, and to more rights for this one. */
#include "attack.h"
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

static int in_proc(pid_t pid, const char *name, int flags) {
  char path[64];
  if (pid <= 0) {
    snprintf(said, sizeof said, "no such process to try it on");
    return SAID;
  }
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  return opens(path, flags);
}

static pid_t outside(void) { return atoi(told("HOST_PID")); }
static pid_t bridge(void) { return process_with("bridge"); }

ROUTE(outside_environ) { return in_proc(outside(), "environ", O_RDONLY); }
ROUTE(outside_mem) { return in_proc(outside(), "mem", O_RDWR); }
ROUTE(outside_root) { return in_proc(outside(), "root", O_RDONLY); }
ROUTE(outside_signal) { TRY(kill(outside(), SIGTERM)); }
ROUTE(outside_pidfd) { TRY(syscall(SYS_pidfd_open, outside(), 0)); }
ROUTE(first_environ) { return in_proc(1, "environ", O_RDONLY); }
ROUTE(first_mem) { return in_proc(1, "mem", O_RDONLY); }
ROUTE(first_maps) { return in_proc(1, "maps", O_RDONLY); }
ROUTE(first_root) { return in_proc(1, "root/", O_RDONLY | O_DIRECTORY); }
ROUTE(first_cwd) { return in_proc(1, "cwd/", O_RDONLY | O_DIRECTORY); }
ROUTE(first_fd) { return in_proc(1, "fd/0", O_RDONLY); }
ROUTE(first_namespace) { return in_proc(1, "ns/mnt", O_RDONLY); }
ROUTE(first_signal) { TRY(kill(1, SIGKILL)); }
ROUTE(bridge_environ) { return in_proc(bridge(), "environ", O_RDONLY); }
ROUTE(bridge_mem) { return in_proc(bridge(), "mem", O_RDWR); }
ROUTE(bridge_maps) { return in_proc(bridge(), "maps", O_RDONLY); }
ROUTE(bridge_signal) {
  pid_t pid = bridge();
  TRY(pid ? kill(pid, SIGKILL) : 0);
}
ROUTE(bridge_pidfd_signal) {
  int fd = syscall(SYS_pidfd_open, bridge(), 0);
  TRY(fd < 0 ? 0 : syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0));
}
ROUTE(trace_attach) { TRY(ptrace(PTRACE_ATTACH, 1, 0, 0)); }
ROUTE(trace_seize) { TRY(ptrace(PTRACE_SEIZE, bridge(), 0, 0)); }
ROUTE(trace_me) { TRY(ptrace(PTRACE_TRACEME, 0, 0, 0)); }

ROUTE(read_memory) {
  char byte;
  struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
  TRY(process_vm_readv(1, &here, 1, &there, 1, 0));
}
ROUTE(write_memory) {
  char byte = 0;
  struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
  TRY(process_vm_writev(1, &here, 1, &there, 1, 0));
}
ROUTE(steal_descriptor) {
  int fd = syscall(SYS_pidfd_open, 1, 0);
  TRY(fd < 0 ? 0 : syscall(SYS_pidfd_getfd, fd, 0, 0));
}
ROUTE(compare) { TRY(syscall(SYS_kcmp, 1, getpid(), 0, 0, 0)); }
ROUTE(advise) { TRY(syscall(SYS_process_madvise, -1, NULL, 0, 0, 0)); }
ROUTE(shared_memory) {
  /* A System V segment that the test has made outside. */
  TRY(syscall(SYS_shmat, atoi(told("HOST_SHM")), NULL, 010000));
}
ROUTE(priority) { TRY(setpriority(PRIO_PROCESS, outside(), 19)); }

ROUTE(setuid_root) { TRY(setuid(0)); }
ROUTE(setgid_root) { TRY(setgid(0)); }
ROUTE(groups) {
  gid_t group = 0;
  TRY(setgroups(1, &group));
}
ROUTE(capset_all) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
  TRY(syscall(SYS_capset, &head, data));
}
ROUTE(ambient) { TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0)); }
ROUTE(privs_again) { TRY(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)); }
ROUTE(uid_map) { return opens("/proc/self/uid_map", O_WRONLY); }
ROUTE(oom_immune) { return opens("/proc/self/oom_score_adj", O_WRONLY); }
ROUTE(raise_limit) {
  struct rlimit more = {1 << 20, 1 << 20};
  TRY(setrlimit(RLIMIT_NOFILE, &more));
}

/* A program of another's with the setuid bit: what does it run as? */
static int runs_as_root(const char *path, char *const argv[]) {
  int ends[2];
  if (pipe(ends)) return errno;
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    execv(path, argv);
    _exit(127);
  }
  close(ends[1]);
  char out[256] = {0};
  ssize_t length = read(ends[0], out, sizeof out - 1);
  int status;
  waitpid(pid, &status, 0);
  if (length > 0 && strstr(out, "uid=0")) return 0;
  snprintf(said, sizeof said, WIFEXITED(status) && WEXITSTATUS(status) == 127
                                  ? "could not be run" : "runs without more rights");
  return SAID;
}

ROUTE(setuid_su) {
  char *argv[] = {"su", "-c", "id", NULL};
  return runs_as_root("/usr/bin/su", argv);
}
ROUTE(setuid_own) {
  /* An own copy of `id`, with the bits. */
  char *argv[] = {"id", NULL};
  if (system("cp /usr/bin/id /work/id && chmod 6755 /work/id")) return EIO;
  return runs_as_root("/work/id", argv);
}

ROUTE(type_into_terminal) { TRY(ioctl(0, TIOCSTI, "x")); }
ROUTE(console_clipboard) { TRY(ioctl(0, 0x541c, "\2")); }
ROUTE(line_discipline) {
  int number = 1;
  TRY(ioctl(0, TIOCSETD, &number));
}
ROUTE(terminal) { return opens("/dev/tty", O_RDWR); }

const struct route process_routes[] = {
    {"outside-environ", outside_environ},
    {"outside-mem", outside_mem},
    {"outside-root", outside_root},
    {"outside-signal", outside_signal},
    {"outside-pidfd", outside_pidfd},
    {"outside-priority", priority},
    {"outside-shared-memory", shared_memory},
    {"first-environ", first_environ},
    {"first-mem", first_mem},
    {"first-maps", first_maps},
    {"first-root", first_root},
    {"first-cwd", first_cwd},
    {"first-fd", first_fd},
    {"first-namespace", first_namespace},
    {"first-signal", first_signal},
    {"bridge-environ", bridge_environ},
    {"bridge-mem", bridge_mem},
    {"bridge-maps", bridge_maps},
    {"bridge-signal", bridge_signal},
    {"bridge-pidfd-signal", bridge_pidfd_signal},
    {"trace-attach", trace_attach},
    {"trace-seize", trace_seize},
    {"trace-me", trace_me},
    {"read-memory", read_memory},
    {"write-memory", write_memory},
    {"steal-descriptor", steal_descriptor},
    {"compare", compare},
    {"advise", advise},
    {"setuid-root", setuid_root},
    {"setgid-root", setgid_root},
    {"groups", groups},
    {"capset", capset_all},
    {"ambient", ambient},
    {"privs-again", privs_again},
    {"uid-map", uid_map},
    {"oom-immune", oom_immune},
    {"raise-limit", raise_limit},
    {"setuid-su", setuid_su},
    {"setuid-own", setuid_own},
    {"type-into-terminal", type_into_terminal},
    {"console-clipboard", console_clipboard},
    {"line-discipline", line_discipline},
    {"terminal", terminal},
    {NULL, NULL},
};
