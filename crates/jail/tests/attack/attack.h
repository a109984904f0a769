/* Ways out of the sandbox, one function each. A function returns what the kernel said (errno), 0 if
 * the attempt succeeded, or SAID after it has put its own words into `said`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SAID (-1)
#define ROUTE(name) static int name(void)
/* What a system call that returns -1 on failure came to. */
#define TRY(call) return (call) < 0 ? errno : 0

struct route {
  const char *id;
  int (*attempt)(void);
};

extern char said[256];

/* Each ends with an entry without a name. */
extern const struct route network_routes[];
extern const struct route process_routes[];
extern const struct route kernel_routes[];
extern const struct route file_routes[];
extern const struct route limit_routes[];
extern const struct route controls[];

/* What the test outside says about itself: a variable of the environment. */
const char *told(const char *name);
/* Opens, and closes again. */
int opens(const char *path, int flags);
/* The process whose command line ends with this word, 0 if there is none. */
pid_t process_with(const char *word);
/* Looks for a text, given by a name of the environment that holds it with every byte less one. */
int sweep(int argc, char **argv);
