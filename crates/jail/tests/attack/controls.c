/* What must work, so that a box in which nothing works does not look like a safe one. */
#include "attack.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

ROUTE(pair) {
  int ends[2];
  char byte = 0;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return errno;
  if (write(ends[0], "x", 1) != 1 || read(ends[1], &byte, 1) != 1) return errno;
  return byte == 'x' ? 0 : EIO;
}

static void *set(void *value) {
  *(int *)value = 7;
  return NULL;
}
ROUTE(thread) {
  pthread_t thread;
  int value = 0, error = pthread_create(&thread, NULL, set, &value);
  if (error) return error;
  pthread_join(thread, NULL);
  return value == 7 ? 0 : EIO;
}

static int serves(int family) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } at = {0};
  socklen_t size = family == AF_INET ? sizeof at.v4 : sizeof at.v6;
  at.any.sa_family = family;
  if (family == AF_INET) at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else at.v6.sin6_addr = in6addr_loopback;
  int server = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);
  if (server < 0 || client < 0) return errno;
  if (bind(server, &at.any, size) || listen(server, 1)) return errno;
  if (getsockname(server, &at.any, &size)) return errno;
  if (connect(client, &at.any, size)) return errno;
  int served = accept(server, NULL, NULL);
  char byte = 0;
  if (served < 0 || write(served, "x", 1) != 1 || read(client, &byte, 1) != 1) return errno;
  return byte == 'x' ? 0 : EIO;
}
ROUTE(server) { return serves(AF_INET); }

ROUTE(unix_server) {
  struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/work/own.sock"};
  int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  unlink(at.sun_path);
  if (bind(server, (struct sockaddr *)&at, sizeof at) || listen(server, 1)) return errno;
  if (connect(client, (struct sockaddr *)&at, sizeof at)) return errno;
  unlink(at.sun_path);
  return 0;
}

ROUTE(interfaces) {
  struct ifaddrs *list, *one;
  if (getifaddrs(&list)) return errno;
  int loopback = 0;
  for (one = list; one; one = one->ifa_next) {
    if (strcmp(one->ifa_name, "lo")) return EEXIST;
    loopback = 1;
  }
  return loopback ? 0 : ENODEV;
}

ROUTE(read_usr) { return opens("/usr/bin/env", O_RDONLY); }
ROUTE(write_work) { return opens("/work/written", O_RDWR | O_CREAT | O_TRUNC); }
ROUTE(write_tmp) { return opens("/tmp/written", O_RDWR | O_CREAT); }
ROUTE(write_home) { return opens("/home/agent/written", O_RDWR | O_CREAT); }
ROUTE(write_null) { return opens("/dev/null", O_WRONLY | O_CREAT | O_TRUNC); }
ROUTE(shell) { return system("test -d /work && cd /home/agent && ls / > /dev/null") ? EIO : 0; }
ROUTE(rename_within) {
  mkdir("/work/a", 0700), mkdir("/work/b", 0700);
  close(open("/work/a/file", O_CREAT | O_WRONLY, 0600));
  if (rename("/work/a/file", "/work/b/file")) return errno;
  unlink("/work/b/file");
  return rmdir("/work/a") || rmdir("/work/b") ? errno : 0;
}
ROUTE(signal_own) {
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  int status = 0;
  if (kill(pid, SIGTERM)) return errno;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? 0 : EIO;
}
ROUTE(pseudo_terminal) {
  int fd = posix_openpt(O_RDWR | O_NOCTTY);
  if (fd < 0 || grantpt(fd) || unlockpt(fd)) return errno;
  return opens(ptsname(fd), O_RDWR | O_NOCTTY);
}
ROUTE(code_from_memory) {
  /* As just-in-time compilers do. */
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return errno;
  TRY(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
ROUTE(who) {
  char line[256];
  FILE *passwd = fopen("/etc/passwd", "r");
  if (!passwd) return errno;
  while (fgets(line, sizeof line, passwd)) {
    int id;
    if (sscanf(line, "agent:x:%d:", &id) == 1) return (uid_t)id == getuid() ? 0 : EPERM;
  }
  return ENOENT;
}
ROUTE(no_stray_child) {
  /* The bridge is nobody's child. */
  errno = 0;
  TRY(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1);
}
ROUTE(three_descriptors) {
  /* The fourth is what this program itself reports by. */
  for (int fd = 3; fd < 256; fd++) {
    struct stat seen;
    if (fstat(fd, &seen) == 0 && !S_ISFIFO(seen.st_mode)) return EBADF;
  }
  return 0;
}
ROUTE(model) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in bridge = {.sin_family = AF_INET, .sin_port = htons(3128)};
  bridge.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&bridge, sizeof bridge)) return errno;
  const char *ask = "POST /llm/ HTTP/1.1\r\n\r\n";
  char answer[16] = {0};
  if (write(fd, ask, strlen(ask)) < 0 || recv(fd, answer, 12, MSG_WAITALL) < 0) return errno;
  return strcmp(answer, "HTTP/1.1 200") ? EPROTO : 0;
}

const struct route controls[] = {
    {"control-pair", pair},
    {"control-thread", thread},
    {"control-server", server},
    {"control-unix-server", unix_server},
    {"control-interfaces", interfaces},
    {"control-read-usr", read_usr},
    {"control-write-work", write_work},
    {"control-write-tmp", write_tmp},
    {"control-write-home", write_home},
    {"control-write-null", write_null},
    {"control-shell", shell},
    {"control-rename", rename_within},
    {"control-signal", signal_own},
    {"control-terminal", pseudo_terminal},
    {"control-code", code_from_memory},
    {"control-who", who},
    {"control-no-stray-child", no_stray_child},
    {"control-descriptors", three_descriptors},
    {"control-model", model},
    {NULL, NULL},
};
