// SPDX-License-Identifier: ISC
//
// sandbox/syscall_filter.cpp - which system calls a process may make (seccomp).
//
// Three answers:
//   allowed   what the tables below say.
//   ENOSYS    what they do not name.  A library that is newer than they are tries a newer call
//             first and does without when the kernel "does not know" it, and syslog(3) may want a
//             new socket when the daemon at its end was restarted: a nuisance must not kill a
//             worker with all its sessions.
//   killed    what no library tries by itself, and what an intruder begins with: to run a program,
//             reach the network, look into other processes, get at files or rights by the back
//             door.  Whoever gets that far does not get to look for what else might work, and the
//             operator sees "worker_died status=signal 31".
//
// A call is in the table if a trace of the tests shows it (strace -f), or the comment says which
// rare path makes it.

#include "sandbox/syscall_filter.h"

#include <asm/ioctls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <vector>

#include "base/text.h"

namespace postern::sandbox {

namespace {

using Names = std::span<const char* const>;

// ---- Both

// Memory of malloc and, for large hashes, of crypt.  mmap and mprotect: see may_not_execute.
// mremap: realloc of large blocks; madvise: malloc_trim; futex: locks of libc and OpenSSL.
constexpr std::array memory{"brk", "munmap", "mremap", "madvise", "futex"};

// The log: a descriptor that was opened before, with process id and time in each line.  The time
// costs a call only where the vDSO cannot tell.
constexpr std::array log_lines{"write", "getpid", "clock_gettime", "gettimeofday"};

constexpr std::array descriptors{"read", "close"};

// The frames of signal handlers; abort(3), as after a failed assertion.  tgkill: see below.
constexpr std::array signals{"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "restart_syscall",
                             "gettid"};

constexpr std::array ending{"exit", "exit_group"};

// ---- The worker, and the controller

// libevent: one loop, over sockets that come from accept4.  Which of the waits is made depends on
// the version and the architecture.
constexpr std::array sessions{"epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "accept4",
                              "readv",     "writev",     "recvfrom",    "getsockopt",   "shutdown"};

// FileOps (base/file_ops.cpp): a message is created, written, synced, renamed or removed.
// renameat: file systems that cannot refuse to replace.  fstatfs: is there room?
constexpr std::array spool{"openat",   "fsync",    "syncfs", "renameat2",
                           "renameat", "unlinkat", "fstatfs"};

// JournalFile (base/journal_file.cpp, base/write_all.cpp): many records at once.
constexpr std::array journal{"pwritev", "pwritev2", "fdatasync"};

// OpenSSL's random numbers and ours; and whether the process is set-uid, which OpenSSL asks.
constexpr std::array tls{"getrandom", "getuid", "geteuid", "getgid", "getegid"};

// ---- The controller: posternctl looks at the spool, and Prometheus at a page of evhttp, which
// gets copies of our sockets.

constexpr std::array looking{"getdents64", "newfstatat", "fstat", "fcntl"};

// ---- The flusher: a request, which brings the journal once, the disk, an answer.

constexpr std::array flushing{"recvmsg", "fdatasync", "syncfs", "pwritev", "pwritev2"};

// ---- Recovery: reads the journal, looks for its messages, and waits for a dying flusher.  lseek:
// directories.

constexpr std::array recovering{"flock", "pread64", "lseek", "nanosleep", "clock_nanosleep"};

// ---- The gateway of AppleTalk: a stream to a server for each who calls, and random numbers.

constexpr std::array streams{"connect", "getrandom"};

// ---- The helper: a packet, crypt(3), a packet.

constexpr std::array questions{"recvfrom"};

// ---- What nobody but an intruder does

constexpr std::array programs{"execve", "execveat", "fork", "vfork", "clone", "clone3"};

constexpr std::array other_processes{
    "ptrace",     "process_vm_readv", "process_vm_writev", "process_madvise",
    "pidfd_open", "pidfd_getfd",      "pidfd_send_signal", "kill",
    "tkill",      "rt_sigqueueinfo",  "rt_tgsigqueueinfo", "kcmp"};

constexpr std::array rights{"setuid",    "setgid",    "setreuid", "setregid", "setresuid",
                            "setresgid", "setgroups", "setfsuid", "setfsgid", "capset"};

constexpr std::array back_doors{"open_by_handle_at",
                                "name_to_handle_at",
                                "mount",
                                "umount2",
                                "pivot_root",
                                "chroot",
                                "move_mount",
                                "open_tree",
                                "fsopen",
                                "fsmount",
                                "fsconfig",
                                "fspick",
                                "mount_setattr",
                                "setns",
                                "unshare",
                                "mknod",
                                "mknodat",
                                "memfd_create",
                                "memfd_secret"};

constexpr std::array kernel{"bpf",
                            "perf_event_open",
                            "userfaultfd",
                            "io_uring_setup",
                            "io_uring_enter",
                            "io_uring_register",
                            "keyctl",
                            "add_key",
                            "request_key",
                            "init_module",
                            "finit_module",
                            "delete_module",
                            "kexec_load",
                            "kexec_file_load",
                            "reboot",
                            "swapon",
                            "swapoff",
                            "iopl",
                            "ioperm",
                            "modify_ldt",
                            "personality",
                            "syslog",
                            "quotactl",
                            "acct"};

constexpr std::array never{Names{programs}, Names{other_processes}, Names{rights},
                           Names{back_doors}, Names{kernel}};

constexpr std::array of_worker{Names{memory},  Names{log_lines}, Names{descriptors},
                               Names{signals}, Names{ending},    Names{sessions},
                               Names{spool},   Names{journal},   Names{tls}};

constexpr std::array of_controller{Names{looking}};

constexpr std::array of_gateway{Names{memory}, Names{log_lines}, Names{descriptors}, Names{signals},
                                Names{ending}, Names{sessions},  Names{streams}};

constexpr std::array of_helper{Names{memory},  Names{log_lines}, Names{descriptors},
                               Names{signals}, Names{ending},    Names{questions}};

constexpr std::array of_flusher{Names{memory},  Names{log_lines}, Names{descriptors},
                                Names{signals}, Names{ending},    Names{flushing}};

constexpr std::array of_recovery{Names{memory},  Names{log_lines}, Names{descriptors},
                                 Names{signals}, Names{ending},    Names{spool},
                                 Names{journal}, Names{looking},   Names{recovering}};

// ---- Rules

struct Release {
  void operator()(void* context) const { ::seccomp_release(context); }
};

// Rules are added until one fails, which is what load then reports.
class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) {
    if (!context_) failure_ = -ENOMEM;
    // Calls in another architecture's way, such as those of 32-bit programs, go by other numbers.
    note(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  }

  void add(std::uint32_t action, const char* name, const std::vector<scmp_arg_cmp>& if_all = {}) {
    if (failure_ != 0) return;
    const int number = ::seccomp_syscall_resolve_name(name);
    // One that this libseccomp has not heard of; without a rule it fails with ENOSYS.
    if (number == __NR_SCMP_ERROR) return;
    note(::seccomp_rule_add_array(context_.get(), action, number,
                                  static_cast<unsigned>(if_all.size()), if_all.data()));
  }

  void add(std::uint32_t action, std::span<const Names> groups) {
    for (const Names& group : groups) {
      for (const char* name : group) add(action, name);
    }
  }

  Result<void> load() {
    if (failure_ == 0) note(::seccomp_load(context_.get()));
    if (failure_ != 0) return fail_errno("load the filter of system calls", -failure_);
    return {};
  }

 private:
  void note(int status) {
    if (failure_ == 0 && status < 0) failure_ = status;
  }

  std::unique_ptr<void, Release> context_;
  int failure_ = 0;  // a negated errno
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}

// No memory becomes code: what an intruder has written somewhere cannot be made to run.
scmp_arg_cmp may_not_execute(unsigned argument) {
  return {argument, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
}

void add_common_rules(Filter& filter) {
  filter.add(SCMP_ACT_KILL_PROCESS, never);
  filter.add(SCMP_ACT_ALLOW, "mmap", {may_not_execute(2)});
  filter.add(SCMP_ACT_ALLOW, "mprotect", {may_not_execute(2)});
  filter.add(SCMP_ACT_ALLOW, "tgkill", {equals(0, static_cast<std::uint64_t>(::getpid()))});
  // Answers, questions and lines for syslog go to the other end of a socket that has one; with an
  // address they could go anywhere.  What is for name servers has one, which no filter can see.
  filter.add(SCMP_ACT_ALLOW, "sendto", {equals(4, 0)});
}

// A socket of another kind than syslog's is one to reach the network, or the kernel.
void add_no_sockets(Filter& filter) {
  filter.add(SCMP_ACT_KILL_PROCESS, "socket", {{0, SCMP_CMP_NE, AF_UNIX, 0}});
}

// To servers; their TCP connections are reset where they are cut off.
void add_streams(Filter& filter) {
  constexpr int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  for (const int family : {AF_UNIX, AF_INET, AF_INET6}) {
    filter.add(SCMP_ACT_ALLOW, "socket",
               {equals(0, static_cast<std::uint64_t>(family)), equals(1, kind)});
  }
  filter.add(SCMP_ACT_ALLOW, "setsockopt", {equals(1, SOL_SOCKET), equals(2, SO_LINGER)});
}

void add_loop_rules(Filter& filter) {
  filter.add(SCMP_ACT_ALLOW, "ioctl", {equals(1, FIONREAD)});  // libevent: how much has come?
  filter.add(SCMP_ACT_ALLOW, "setsockopt", {equals(1, IPPROTO_TCP), equals(2, TCP_NODELAY)});
}

}  // namespace

Result<void> load_syscall_filter(Role role, std::span<const int> datagram_sockets) {
  Filter filter;
  add_common_rules(filter);
  for (const int fd : datagram_sockets) {
    filter.add(SCMP_ACT_ALLOW, "sendto", {equals(0, static_cast<std::uint64_t>(fd))});
  }
  switch (role) {
    case Role::worker:
      filter.add(SCMP_ACT_ALLOW, of_worker);
      add_loop_rules(filter);
      add_no_sockets(filter);
      break;
    case Role::controller:
      // getnameinfo(3), for evhttp, asks a socket for the name of an interface, and does without.
      filter.add(SCMP_ACT_ALLOW, of_worker);
      add_loop_rules(filter);
      filter.add(SCMP_ACT_ALLOW, of_controller);
      break;
    case Role::gateway:
      filter.add(SCMP_ACT_ALLOW, of_gateway);
      add_loop_rules(filter);
      add_streams(filter);
      break;
    case Role::helper:
      filter.add(SCMP_ACT_ALLOW, of_helper);
      add_no_sockets(filter);
      break;
    case Role::flusher:
      filter.add(SCMP_ACT_ALLOW, of_flusher);
      add_no_sockets(filter);
      break;
    case Role::recovery:
      filter.add(SCMP_ACT_ALLOW, of_recovery);
      add_no_sockets(filter);
      break;
  }
  return filter.load();
}

}  // namespace postern::sandbox
