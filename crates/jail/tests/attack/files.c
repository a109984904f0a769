/* Ways to files outside, and into what must not change. */
#include "attack.h"
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static int creates(const char *path) { return opens(path, O_WRONLY | O_CREAT | O_EXCL); }

ROUTE(shadow) { return opens("/etc/shadow", O_RDONLY); }
ROUTE(root_home) { return opens("/root", O_RDONLY); }
ROUTE(ssh_keys) { return opens("/etc/ssh", O_RDONLY); }
ROUTE(private_keys) { return opens("/etc/ssl/private", O_RDONLY); }
ROUTE(machine_id) { return opens("/etc/machine-id", O_RDONLY); }
ROUTE(var_lib) { return opens("/var/lib", O_RDONLY); }
ROUTE(sys) { return opens("/sys/kernel", O_RDONLY); }
ROUTE(cgroup) { return opens("/sys/fs/cgroup", O_RDONLY); }
ROUTE(beside_work) { return opens(told("HOST_FILE"), O_RDONLY); }
ROUTE(state) { return opens(told("HOST_STATE"), O_RDONLY); }
ROUTE(host_tmp) { return opens(told("HOST_TMP"), O_RDONLY); }
ROUTE(host_shm) { TRY(shm_open(told("HOST_SHM_FILE"), O_RDONLY, 0)); }
ROUTE(host_queue) { TRY(mq_open("/jail-test", O_RDONLY)); }
ROUTE(up_and_out) { return opens("/work/../../../../../../etc/shadow", O_RDONLY); }
ROUTE(old_root) { return opens("/proc/self/root/../oldroot", O_RDONLY); }

ROUTE(write_usr) { return creates("/usr/x"); }
ROUTE(write_bin) { return opens("/usr/bin/env", O_WRONLY); }
ROUTE(write_etc) { return creates("/etc/x"); }
ROUTE(write_passwd) { return opens("/etc/passwd", O_WRONLY); }
ROUTE(write_preload) { return creates("/etc/ld.so.preload"); }
ROUTE(write_gitconfig) { return creates("/etc/gitconfig"); }
ROUTE(write_root) { return creates("/x"); }
ROUTE(write_dev) { return creates("/dev/x"); }
ROUTE(write_run) { return creates("/run/x"); }
ROUTE(write_home) { return creates("/home/x"); }
ROUTE(write_tool) { return creates("/opt/attack/x"); }
/* Its owner may be who runs here, and it is busy: the mode is what only the mount protects. */
ROUTE(write_init) { TRY(chmod("/run/jail/init", 0777)); }
ROUTE(mode_usr) { TRY(chmod("/usr/bin/env", 0777)); }
ROUTE(core_pattern) { return opens("/proc/sys/kernel/core_pattern", O_WRONLY); }
ROUTE(nested_users) { return opens("/proc/sys/user/max_user_namespaces", O_WRONLY); }
ROUTE(magic_key) { return opens("/proc/sysrq-trigger", O_WRONLY); }
ROUTE(kernel_memory) {
  /* Covered by an empty device or not to be read: no byte of it. */
  char byte;
  int fd = open("/proc/kcore", O_RDONLY);
  if (fd < 0) return errno;
  if (read(fd, &byte, 1) == 1) return 0;
  return EACCES;
}
ROUTE(dev_mem) { return opens("/dev/mem", O_RDWR); }
ROUTE(dev_kmsg) { return opens("/dev/kmsg", O_RDWR); }
ROUTE(dev_disk) { return opens("/dev/sda", O_RDONLY); }
ROUTE(dev_kvm) { return opens("/dev/kvm", O_RDWR); }
ROUTE(dev_fuse) { return opens("/dev/fuse", O_RDWR); }
ROUTE(make_block) { TRY(mknod("/work/disk", S_IFBLK | 0600, makedev(8, 0))); }
ROUTE(make_char) { TRY(mknod("/work/mem", S_IFCHR | 0600, makedev(1, 1))); }

ROUTE(link_read) {
  unlink("/work/link");
  if (symlink("/etc/shadow", "/work/link")) return errno;
  return opens("/work/link", O_RDONLY);
}
ROUTE(link_host) {
  unlink("/work/link");
  if (symlink(told("HOST_FILE"), "/work/link")) return errno;
  return opens("/work/link", O_RDONLY);
}
ROUTE(link_write) {
  unlink("/work/link");
  if (symlink("/usr/y", "/work/link")) return errno;
  return opens("/work/link", O_WRONLY | O_CREAT);
}
ROUTE(link_race) {
  /* One process swaps a directory for a link while another writes through it: either way it ends
   * in the box. */
  int landed = 0;
  mkdir("/work/race", 0700);
  pid_t swapper = fork();
  if (swapper == 0) {
    for (int i = 0; i < 2000; i++) {
      rename("/work/race", "/work/race-away");
      if (symlink("/usr", "/work/race")) continue;
      unlink("/work/race");
      rename("/work/race-away", "/work/race");
    }
    _exit(0);
  }
  for (int i = 0; i < 2000; i++) opens("/work/race/planted", O_WRONLY | O_CREAT);
  waitpid(swapper, NULL, 0);
  landed = access("/usr/planted", F_OK) == 0;
  return landed ? 0 : EROFS;
}
ROUTE(hard_link_etc) { TRY(link("/etc/passwd", "/work/passwd")); }
ROUTE(hard_link_tool) { TRY(link("/opt/attack/attack", "/work/attack")); }
ROUTE(hard_link_usr) { TRY(link("/usr/bin/env", "/work/env")); }
ROUTE(rename_out) {
  close(open("/work/mine", O_CREAT | O_WRONLY, 0600));
  TRY(rename("/work/mine", "/usr/mine"));
}

/* What masks cover. */
ROUTE(mask_read) { return opens("/work/.claude/settings.json", O_RDONLY); }
ROUTE(mask_plant) { return creates("/work/.claude/settings.json"); }
ROUTE(mask_remove) { TRY(rmdir("/work/.claude")); }
ROUTE(mask_rename) { TRY(rename("/work/.claude", "/work/elsewhere")); }
ROUTE(mask_file) {
  char byte;
  int fd = open("/work/.mcp.json", O_RDONLY);
  if (fd < 0) return errno;
  if (read(fd, &byte, 1) == 1) return 0;
  snprintf(said, sizeof said, "empty");
  return SAID;
}
ROUTE(mask_file_write) { return opens("/work/.mcp.json", O_WRONLY); }
ROUTE(mask_file_remove) { TRY(unlink("/work/.mcp.json")); }

/* An own library before a setuid program's. */
ROUTE(preload) {
  FILE *out = popen("LD_PRELOAD=/work/none.so /usr/bin/su -c id 2>&1", "r");
  char text[512] = {0};
  if (!out) return errno;
  size_t length = fread(text, 1, sizeof text - 1, out);
  pclose(out);
  if (length && strstr(text, "uid=0")) return 0;
  /* The loader complains about the missing library only in a process without more rights: in one
   * with, it does not look there. */
  snprintf(said, sizeof said, strstr(text, "none.so") ? "runs without more rights" : "not tried");
  return SAID;
}

const struct route file_routes[] = {
    {"shadow", shadow},
    {"root-home", root_home},
    {"ssh-keys", ssh_keys},
    {"private-keys", private_keys},
    {"machine-id", machine_id},
    {"var-lib", var_lib},
    {"sys", sys},
    {"cgroup", cgroup},
    {"beside-work", beside_work},
    {"state", state},
    {"host-tmp", host_tmp},
    {"host-shm", host_shm},
    {"host-queue", host_queue},
    {"up-and-out", up_and_out},
    {"old-root", old_root},
    {"write-usr", write_usr},
    {"write-bin", write_bin},
    {"write-etc", write_etc},
    {"write-passwd", write_passwd},
    {"write-preload", write_preload},
    {"write-gitconfig", write_gitconfig},
    {"write-root", write_root},
    {"write-dev", write_dev},
    {"write-run", write_run},
    {"write-home", write_home},
    {"write-tool", write_tool},
    {"write-init", write_init},
    {"mode-usr", mode_usr},
    {"core-pattern", core_pattern},
    {"nested-users", nested_users},
    {"magic-key", magic_key},
    {"kernel-memory", kernel_memory},
    {"dev-mem", dev_mem},
    {"dev-kmsg", dev_kmsg},
    {"dev-disk", dev_disk},
    {"dev-kvm", dev_kvm},
    {"dev-fuse", dev_fuse},
    {"make-block", make_block},
    {"make-char", make_char},
    {"link-read", link_read},
    {"link-host", link_host},
    {"link-write", link_write},
    {"link-race", link_race},
    {"hard-link-etc", hard_link_etc},
    {"hard-link-tool", hard_link_tool},
    {"hard-link-usr", hard_link_usr},
    {"rename-out", rename_out},
    {"mask-read", mask_read},
    {"mask-plant", mask_plant},
    {"mask-remove", mask_remove},
    {"mask-rename", mask_rename},
    {"mask-file", mask_file},
    {"mask-file-write", mask_file_write},
    {"mask-file-remove", mask_file_remove},
    {"preload", preload},
    {NULL, NULL},
};
