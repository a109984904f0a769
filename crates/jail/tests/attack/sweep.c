/* Looks for texts everywhere in the box. Each is given with every byte one less, so that the looking
 * itself does not put it there. Prints `place<TAB>path` for each find. */
#include "attack.h"
#include <dirent.h>
#include <sys/stat.h>

static char *wanted[8];
static size_t many;
static unsigned long long seen;

static void look_at(const char *place, const char *path, const char *bytes, size_t length) {
  seen += length;
  for (size_t i = 0; i < many; i++)
    if (memmem(bytes, length, wanted[i], strlen(wanted[i])))
      printf("%s %zu\t%s\n", place, i, path);
}

/* Overlapping blocks, at most 16 MiB: pseudo files have no end. */
static void look_into(const char *place, const char *path) {
  static char block[(1 << 16) + 256];
  size_t kept = 0, total = 0;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length;
  while (total < 16 << 20 && (length = read(fd, block + kept, 1 << 16)) > 0) {
    look_at(place, path, block, kept + length);
    total += length;
    size_t all = kept + length;
    kept = all < 256 ? all : 256;
    memmove(block, block + all - kept, kept);
  }
  close(fd);
}

static void walk(const char *place, const char *directory, int depth) {
  DIR *open_directory = depth > 12 ? NULL : opendir(directory);
  struct dirent *entry;
  while (open_directory && (entry = readdir(open_directory))) {
    char path[4096], target[4096];
    struct stat about;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    snprintf(path, sizeof path, "%s/%s", strcmp(directory, "/") ? directory : "", entry->d_name);
    look_at(place, path, entry->d_name, strlen(entry->d_name));
    if (lstat(path, &about)) continue;
    if (S_ISLNK(about.st_mode)) {
      ssize_t length = readlink(path, target, sizeof target);
      if (length > 0) look_at(place, path, target, length);
    } else if (S_ISDIR(about.st_mode)) {
      /* The system's own programs are the machine's package manager's; /proc has its own turn. */
      if (!strcmp(path, "/usr") || (depth == 0 && !strcmp(path, "/proc"))) continue;
      walk(place, path, depth + 1);
    } else if (S_ISREG(about.st_mode) && strcmp(path, "/opt/attack/attack")) {
      look_into(place, path);
    }
  }
  if (open_directory) closedir(open_directory);
}

static void memory_of(int pid) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = fopen(path, "r");
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDONLY | O_CLOEXEC);
  unsigned long from, to;
  while (maps && memory >= 0 && fgets(line, sizeof line, maps)) {
    static char block[1 << 16];
    /* Where the texts themselves lie, decoded. */
    if (pid == getpid() && (strstr(line, "[heap]") || strstr(line, "attack"))) continue;
    if (sscanf(line, "%lx-%lx r", &from, &to) != 2) continue;
    for (; from < to; from += sizeof block) {
      ssize_t length = pread(memory, block, sizeof block, from);
      if (length > 0) look_at("memory", path, block, length);
    }
  }
  if (maps) fclose(maps);
  if (memory >= 0) close(memory);
}

int sweep(int argc, char **argv) {
  for (int i = 0; i < argc && many < 8; i++) {
    wanted[many] = strdup(argv[i]);
    for (char *c = wanted[many]; *c; c++) ++*c;
    many++;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (char **one = environ; *one; one++) look_at("environment", *one, *one, strlen(*one));
  walk("files", "/", 0);
  walk("proc", "/proc", 5);
  DIR *proc = opendir("/proc");
  struct dirent *entry;
  while (proc && (entry = readdir(proc)))
    if (atoi(entry->d_name) > 0) memory_of(atoi(entry->d_name));
  printf("swept\t%llu\n", seen);
  return 0;
}
