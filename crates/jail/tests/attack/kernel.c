/* Ways through parts of the kernel that no program here needs. */
#include "attack.h"
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/wait.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
/* Numbers that are the same on every architecture since Linux 5.1. */
enum { OPEN_TREE = 428, MOVE_MOUNT, FSOPEN, FSCONFIG, FSMOUNT, FSPICK, MOUNT_SETATTR = 442 };
enum { IO_URING_SETUP = 425, CLONE3 = 435 };

ROUTE(mount_tmpfs) { TRY(mount("none", "/tmp", "tmpfs", 0, NULL)); }
ROUTE(mount_proc) { TRY(mount("none", "/tmp", "proc", 0, NULL)); }
ROUTE(mount_bind) { TRY(mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL)); }
ROUTE(mount_writable) { TRY(mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL)); }
ROUTE(mount_shared) { TRY(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL)); }
ROUTE(unmount_mask) { TRY(umount2("/work/.claude", MNT_DETACH)); }
ROUTE(unmount_root) { TRY(umount2("/", MNT_DETACH)); }
ROUTE(fs_open) { TRY(syscall(FSOPEN, "tmpfs", 0)); }
ROUTE(fs_config) { TRY(syscall(FSCONFIG, 0, 6, NULL, NULL, 0)); }
ROUTE(fs_mount) { TRY(syscall(FSMOUNT, 0, 0, 0)); }
ROUTE(fs_pick) { TRY(syscall(FSPICK, AT_FDCWD, "/", 0)); }
ROUTE(open_tree_clone) { TRY(syscall(OPEN_TREE, AT_FDCWD, "/work", 1)); }
ROUTE(move_a_mount) { TRY(syscall(MOVE_MOUNT, AT_FDCWD, "/work/.claude", AT_FDCWD, "/tmp", 0)); }
ROUTE(mount_attributes) {
  unsigned long long attributes[4] = {0, 1, 0, 0};
  TRY(syscall(MOUNT_SETATTR, AT_FDCWD, "/usr", 0, attributes, sizeof attributes));
}
ROUTE(pivot) { TRY(syscall(SYS_pivot_root, "/work", "/work")); }
ROUTE(change_root) { TRY(chroot("/work")); }

static int new_namespace(int flag) { TRY(unshare(flag)); }
ROUTE(unshare_user) { return new_namespace(CLONE_NEWUSER); }
ROUTE(unshare_mount) { return new_namespace(CLONE_NEWNS); }
ROUTE(unshare_net) { return new_namespace(CLONE_NEWNET); }
ROUTE(unshare_pid) { return new_namespace(CLONE_NEWPID); }
ROUTE(unshare_ipc) { return new_namespace(CLONE_NEWIPC); }
ROUTE(unshare_uts) { return new_namespace(CLONE_NEWUTS); }
ROUTE(unshare_cgroup) { return new_namespace(CLONE_NEWCGROUP); }
ROUTE(unshare_time) { return new_namespace(CLONE_NEWTIME); }

static int cloned(unsigned long flags) {
  long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  TRY(pid);
}
ROUTE(clone_user) { return cloned(CLONE_NEWUSER); }
ROUTE(clone_mount) { return cloned(CLONE_NEWNS | CLONE_NEWUSER); }
ROUTE(clone_net) { return cloned(CLONE_NEWNET); }
ROUTE(clone_pid) { return cloned(CLONE_NEWPID); }
ROUTE(clone_ipc) { return cloned(CLONE_NEWIPC); }
ROUTE(clone_uts) { return cloned(CLONE_NEWUTS); }
ROUTE(clone_cgroup) { return cloned(CLONE_NEWCGROUP); }
ROUTE(clone_three) {
  unsigned long long arguments[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
  long pid = syscall(CLONE3, arguments, sizeof arguments);
  if (pid == 0) _exit(0);
  TRY(pid);
}
ROUTE(join) {
  int fd = open("/proc/self/ns/net", O_RDONLY);
  if (fd < 0) return errno;
  TRY(setns(fd, CLONE_NEWNET));
}

ROUTE(key_add) { TRY(syscall(SYS_add_key, "user", "x", "y", 1, -3)); }
ROUTE(key_request) { TRY(syscall(SYS_request_key, "user", "x", NULL, 0)); }
ROUTE(key_session) { TRY(syscall(SYS_keyctl, 1, NULL)); }
ROUTE(key_read) { TRY(syscall(SYS_keyctl, 11, -4, NULL, 0)); }
ROUTE(ring) {
  char parameters[256] = {0};
  TRY(syscall(IO_URING_SETUP, 4, parameters));
}
ROUTE(fault) { TRY(syscall(SYS_userfaultfd, 1)); }
ROUTE(fault_device) { return opens("/dev/userfaultfd", O_RDWR); }
ROUTE(bpf_map) {
  unsigned attributes[32] = {1, 4, 4, 1};
  TRY(syscall(SYS_bpf, 0, attributes, sizeof attributes));
}
ROUTE(perf) {
  unsigned attributes[32] = {1, 128};
  TRY(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}
ROUTE(fanotify) { TRY(syscall(SYS_fanotify_init, 0, O_RDONLY)); }
ROUTE(handle_open) {
  struct file_handle handle = {8, 1};
  TRY(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY));
}
ROUTE(handle_name) {
  int id;
  struct file_handle handle = {0};
  TRY(syscall(SYS_name_to_handle_at, AT_FDCWD, "/work", &handle, &id, 0));
}
ROUTE(module_load) { TRY(syscall(SYS_init_module, "", 0, "")); }
ROUTE(module_file) { TRY(syscall(SYS_finit_module, 0, "", 0)); }
ROUTE(module_remove) { TRY(syscall(SYS_delete_module, "x", O_NONBLOCK)); }
ROUTE(kexec) { TRY(syscall(SYS_kexec_load, 0, 0, NULL, 0)); }
ROUTE(kexec_file) { TRY(syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0)); }
ROUTE(restart) { TRY(reboot(RB_AUTOBOOT)); }
ROUTE(swap) { TRY(swapon("/work/swap", 0)); }
ROUTE(accounting) { TRY(acct("/work/acct")); }
ROUTE(kernel_log) { TRY(syscall(SYS_syslog, 3, NULL, 0)); }
ROUTE(clock_set) {
  struct timeval time = {0};
  TRY(settimeofday(&time, NULL));
}
ROUTE(host_name) { TRY(sethostname("x", 1)); }
ROUTE(quota) { TRY(syscall(SYS_quotactl, 0x800007 << 8, "/dev/sda", 0, NULL)); }
ROUTE(hang_up) { TRY(syscall(SYS_vhangup)); }
ROUTE(persona) { TRY(personality(READ_IMPLIES_EXEC)); }
ROUTE(pages) { TRY(syscall(SYS_move_pages, 1, 0, NULL, NULL, NULL, 0)); }

/* A program that never had a path. */
ROUTE(memory_program) {
  int fd = memfd_create("x", MFD_CLOEXEC), from = open("/proc/self/exe", O_RDONLY);
  if (fd < 0 || from < 0) return errno;
  static char buffer[1 << 16];
  ssize_t length;
  while ((length = read(from, buffer, sizeof buffer)) > 0)
    if (write(fd, buffer, length) != length) return errno;
  pid_t pid = fork();
  if (pid == 0) {
    char *argv[] = {"x", "mount-again", NULL};
    fexecve(fd, argv, environ);
    _exit(99);
  }
  int status;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status)) return EIO;
  return WEXITSTATUS(status);
}

const struct route kernel_routes[] = {
    {"mount-tmpfs", mount_tmpfs},
    {"mount-proc", mount_proc},
    {"mount-bind", mount_bind},
    {"mount-writable", mount_writable},
    {"mount-shared", mount_shared},
    {"unmount-mask", unmount_mask},
    {"unmount-root", unmount_root},
    {"fsopen", fs_open},
    {"fsconfig", fs_config},
    {"fsmount", fs_mount},
    {"fspick", fs_pick},
    {"open-tree", open_tree_clone},
    {"move-mount", move_a_mount},
    {"mount-attributes", mount_attributes},
    {"pivot-root", pivot},
    {"chroot", change_root},
    {"unshare-user", unshare_user},
    {"unshare-mount", unshare_mount},
    {"unshare-net", unshare_net},
    {"unshare-pid", unshare_pid},
    {"unshare-ipc", unshare_ipc},
    {"unshare-uts", unshare_uts},
    {"unshare-cgroup", unshare_cgroup},
    {"unshare-time", unshare_time},
    {"clone-user", clone_user},
    {"clone-mount", clone_mount},
    {"clone-net", clone_net},
    {"clone-pid", clone_pid},
    {"clone-ipc", clone_ipc},
    {"clone-uts", clone_uts},
    {"clone-cgroup", clone_cgroup},
    {"clone3", clone_three},
    {"setns", join},
    {"key-add", key_add},
    {"key-request", key_request},
    {"key-session", key_session},
    {"key-read", key_read},
    {"io-uring", ring},
    {"userfaultfd", fault},
    {"userfaultfd-device", fault_device},
    {"bpf", bpf_map},
    {"perf", perf},
    {"fanotify", fanotify},
    {"handle-open", handle_open},
    {"handle-name", handle_name},
    {"module-load", module_load},
    {"module-file", module_file},
    {"module-remove", module_remove},
    {"kexec", kexec},
    {"kexec-file", kexec_file},
    {"reboot", restart},
    {"swap", swap},
    {"accounting", accounting},
    {"kernel-log", kernel_log},
    {"clock-set", clock_set},
    {"host-name", host_name},
    {"quota", quota},
    {"hang-up", hang_up},
    {"personality", persona},
    {"pages", pages},
    {"memory-program", memory_program},
    {NULL, NULL},
};
