/* Ways to use the machine up. Each takes until it is stopped, and says by what. */
#include "attack.h"
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

ROUTE(fork_bomb) {
  int count = 0, error = 0;
  pid_t pids[4096];
  while (count < 4096) {
    pid_t pid = fork();
    if (pid == 0) {
      pause();
      _exit(0);
    }
    if (pid < 0) {
      error = errno;
      break;
    }
    pids[count++] = pid;
  }
  for (int i = 0; i < count; i++) {
    kill(pids[i], SIGKILL);
    waitpid(pids[i], NULL, 0);
  }
  return error;
}

ROUTE(memory_bomb) {
  /* 4 GiB, touched. */
  for (int i = 0; i < 256; i++) {
    char *part = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (part == MAP_FAILED) return errno;
    memset(part, 1, 16 << 20);
  }
  return 0;
}

ROUTE(heap_bomb) {
  for (int i = 0; i < 4096; i++)
    if (!calloc(1, 1 << 20)) return errno;
  return 0;
}

ROUTE(descriptor_bomb) {
  for (int i = 0; i < 100000; i++)
    if (dup(0) < 0) return errno;
  return 0;
}

/* Writes 64 KiB at a time until it is stopped, at most 1 GiB. */
static int fill(const char *path) {
  static char block[1 << 16];
  signal(SIGXFSZ, SIG_IGN);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), result = 0;
  if (fd < 0) return errno;
  for (int i = 0; i < 16384 && !result; i++)
    if (write(fd, block, sizeof block) < 0) result = errno;
  close(fd);
  unlink(path);
  return result;
}

/* Many files of the largest size. */
static int fill_with_many(const char *directory) {
  static char block[1 << 16];
  char path[64];
  int result = 0, i;
  signal(SIGXFSZ, SIG_IGN);
  for (i = 0; i < 64 && !result; i++) {
    snprintf(path, sizeof path, "%s/%d", directory, i);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) result = errno;
    for (int j = 0; j < 32 && !result; j++)
      if (write(fd, block, sizeof block) < 0) result = errno;
    close(fd);
  }
  while (i-- > 0) {
    snprintf(path, sizeof path, "%s/%d", directory, i);
    unlink(path);
  }
  return result;
}

ROUTE(file_bomb) { return fill("/work/big"); }
ROUTE(tmp_fill) { return fill_with_many("/tmp"); }
ROUTE(home_fill) { return fill_with_many("/home/agent"); }
ROUTE(shm_fill) { return fill_with_many("/dev/shm"); }
ROUTE(core_dump) {
  pid_t pid = fork();
  if (pid == 0) abort();
  int status;
  waitpid(pid, &status, 0);
  if (WCOREDUMP(status)) return 0;
  snprintf(said, sizeof said, "no core file");
  return SAID;
}
ROUTE(real_time) {
  struct sched_param most = {99};
  TRY(sched_setscheduler(0, SCHED_FIFO, &most));
}
ROUTE(nice_up) {
  errno = 0;
  TRY(nice(-10) == -1 && errno ? -1 : 0);
}

const struct route limit_routes[] = {
    {"fork-bomb", fork_bomb},
    {"memory-bomb", memory_bomb},
    {"heap-bomb", heap_bomb},
    {"descriptor-bomb", descriptor_bomb},
    {"file-bomb", file_bomb},
    {"tmp-fill", tmp_fill},
    {"home-fill", home_fill},
    {"shm-fill", shm_fill},
    {"core-dump", core_dump},
    {"real-time", real_time},
    {"nice-up", nice_up},
    {NULL, NULL},
};
