// SPDX-License-Identifier: ISC
//
// t/bench/disk.cpp - a disk in a file, by FUSE, that is slow to flush or loses what was not
// flushed.
//
// usage: disk [--flush-delay 1ms] [--stable FILE [--keep PERCENT] [--seed N]] FILE MOUNTPOINT
//
// MOUNTPOINT/disk has what is in FILE, and a loop device over it makes a disk of that.  Needs
// libfuse3-dev.
//
// Without --stable a flush is one of FILE, and what --flush-delay says is added to it.
//
// With --stable, what was flushed is also in that file, which begins as a copy of FILE and is what
// a power failure leaves.  Writing "cut" to MOUNTPOINT/control is that failure: of the writes since
// the last flush a random part (30 %), in no order, reaches the stable file, each in whole sectors
// but not always all of them; from then on everything fails with EIO.

#define FUSE_USE_VERSION 31

#include <fcntl.h>
#include <fuse3/fuse.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace {

using postern::UniqueFd;

constexpr std::string_view disk_path = "/disk";
constexpr std::string_view control_path = "/control";
constexpr std::size_t sector = 512;

struct Write {
  off_t offset;
  std::string octets;
};

bool write_all(int fd, std::string_view octets, off_t offset) {
  while (!octets.empty()) {
    const ssize_t written = ::pwrite(fd, octets.data(), octets.size(), offset);
    if (written <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return true;
}

// libfuse calls from threads of its own, so that a flush that takes its time stops no reader.
class Disk {
 public:
  bool parse(int argc, char** argv);
  const char* mount_point() const { return mount_point_; }

  off_t size() const {
    struct stat status {};
    return ::fstat(file_.get(), &status) == 0 ? status.st_size : 0;
  }

  int read(char* to, std::size_t size, off_t offset) {
    if (is_cut()) return -EIO;
    const ssize_t got = ::pread(file_.get(), to, size, offset);
    return got < 0 ? -errno : static_cast<int>(got);
  }

  int write(const char* from, std::size_t size, off_t offset) {
    const std::lock_guard lock(mutex_);
    if (is_cut_) return -EIO;
    if (!write_all(file_.get(), {from, size}, offset)) return -EIO;
    if (stable_.is_open()) writes_.push_back({offset, std::string(from, size)});
    return static_cast<int>(size);
  }

  // What was written before it began is stable when it ends.  During the delay the power may fail.
  int flush() {
    const std::size_t count = writes_before_now();
    if (!stable_.is_open() && ::fdatasync(file_.get()) != 0) return -errno;
    std::this_thread::sleep_for(delay_);
    if (!stable_.is_open()) return 0;
    const std::lock_guard lock(mutex_);
    if (is_cut_) return -EIO;
    while (flushed_ < count) {
      const Write& next = writes_[flushed_ - forgotten_];
      if (!write_all(stable_.get(), next.octets, next.offset)) return -EIO;
      ++flushed_;
    }
    writes_.erase(writes_.begin(),
                  writes_.begin() + static_cast<std::ptrdiff_t>(flushed_ - forgotten_));
    forgotten_ = flushed_;
    return 0;
  }

  void cut() {
    const std::lock_guard lock(mutex_);
    if (is_cut_ || !stable_.is_open()) return;
    is_cut_ = true;
    std::shuffle(writes_.begin(), writes_.end(), random_);
    std::size_t kept = 0;
    for (const Write& write : writes_) {
      if (random_() % 100 >= keep_) continue;
      ++kept;
      keep_sectors(write);
    }
    std::fprintf(stderr, "cut: %zu of %zu writes since the last flush are kept\n", kept,
                 writes_.size());
  }

 private:
  bool is_cut() {
    const std::lock_guard lock(mutex_);
    return is_cut_;
  }

  std::size_t writes_before_now() {
    const std::lock_guard lock(mutex_);
    return forgotten_ + writes_.size();
  }

  // Half of the writes that are kept are torn: a run of their sectors is missing.
  void keep_sectors(const Write& write) {
    const std::size_t sectors = (write.octets.size() + sector - 1) / sector;
    std::size_t hole = sectors;
    std::size_t hole_end = sectors;
    if (random_() % 2 == 0) {
      hole = random_() % sectors;
      hole_end = hole + 1 + random_() % (sectors - hole);
    }
    const std::string_view octets = write.octets;
    write_all(stable_.get(), octets.substr(0, hole * sector), write.offset);
    if (hole_end >= sectors) return;
    write_all(stable_.get(), octets.substr(hole_end * sector),
              write.offset + static_cast<off_t>(hole_end * sector));
  }

  UniqueFd file_;
  UniqueFd stable_;  // closed: everything is
  const char* mount_point_ = nullptr;
  std::chrono::microseconds delay_{0};
  unsigned keep_ = 30;
  std::mt19937 random_;
  std::mutex mutex_;
  bool is_cut_ = false;
  std::vector<Write> writes_;  // since the last flush, in order
  std::size_t forgotten_ = 0;  // writes before those
  std::size_t flushed_ = 0;
};

// "250us", "1ms", "2.5ms", "1s".
bool parse_time(std::string_view text, std::chrono::microseconds& time) {
  char* end = nullptr;
  const std::string copy(text);
  const double number = std::strtod(copy.c_str(), &end);
  const std::string_view unit = end;
  const double factor = unit == "us" ? 1 : unit == "ms" ? 1e3 : unit == "s" ? 1e6 : -1;
  if (end == copy.c_str() || factor < 0 || number < 0 || number * factor > 1e7) return false;
  time = std::chrono::microseconds(static_cast<long>(number * factor));
  return true;
}

bool Disk::parse(int argc, char** argv) {
  int at = 1;
  for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
    const std::string_view name = argv[at];
    const char* value = argv[at + 1];
    if (name == "--flush-delay") {
      if (!parse_time(value, delay_)) return false;
    } else if (name == "--stable") {
      stable_ = UniqueFd(::open(value, O_RDWR | O_CLOEXEC));
      if (!stable_.is_open()) std::perror(value);
      if (!stable_.is_open()) return false;
    } else if (name == "--keep") {
      keep_ = static_cast<unsigned>(std::strtoul(value, nullptr, 10));
    } else if (name == "--seed") {
      random_.seed(static_cast<std::mt19937::result_type>(std::strtoul(value, nullptr, 10)));
    } else {
      return false;
    }
  }
  if (at + 2 != argc) return false;
  file_ = UniqueFd(::open(argv[at], O_RDWR | O_CLOEXEC));
  if (!file_.is_open()) std::perror(argv[at]);
  mount_point_ = argv[at + 1];
  return file_.is_open();
}

Disk& disk() {
  static Disk the_disk;
  return the_disk;
}

// ---- What FUSE asks

int get_attributes(const char* path, struct stat* status, fuse_file_info*) {
  *status = {};
  if (std::string_view(path) == "/") {
    status->st_mode = S_IFDIR | 0700;
    status->st_nlink = 2;
    return 0;
  }
  if (path != disk_path && path != control_path) return -ENOENT;
  status->st_mode = S_IFREG | 0600;
  status->st_nlink = 1;
  if (path == disk_path) status->st_size = disk().size();
  return 0;
}

int read_directory(const char*, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*,
                   fuse_readdir_flags) {
  for (const char* name : {".", "..", "disk", "control"}) {
    fill(buffer, name, nullptr, 0, fuse_fill_dir_flags{});
  }
  return 0;
}

// Past the page cache of this side, so that a write is here when the loop device says so.
int open_file(const char* path, fuse_file_info* info) {
  if (path != disk_path && path != control_path) return -ENOENT;
  info->direct_io = 1;
  return 0;
}

int read_file(const char* path, char* to, std::size_t size, off_t offset, fuse_file_info*) {
  return path == disk_path ? disk().read(to, size, offset) : 0;
}

int write_file(const char* path, const char* from, std::size_t size, off_t offset,
               fuse_file_info*) {
  if (path == disk_path) return disk().write(from, size, offset);
  if (std::string_view(from, size).starts_with("cut")) disk().cut();
  return static_cast<int>(size);
}

int flush_file(const char* path, int, fuse_file_info*) {
  return path == disk_path ? disk().flush() : 0;
}

int truncate_file(const char* path, off_t, fuse_file_info*) {
  return path == control_path ? 0 : -EPERM;
}

}  // namespace

int main(int argc, char** argv) {
  if (!disk().parse(argc, argv)) {
    std::fputs(
        "usage: disk [--flush-delay 1ms] [--stable FILE [--keep PERCENT] [--seed N]] FILE "
        "MOUNTPOINT\n",
        stderr);
    return 2;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody else would unmount it
  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.readdir = read_directory;
  operations.open = open_file;
  operations.read = read_file;
  operations.write = write_file;
  operations.fsync = flush_file;
  operations.truncate = truncate_file;
  std::string program = "disk";
  std::string foreground = "-f";
  std::string threads = "-omax_idle_threads=8";
  std::string mount_point = disk().mount_point();
  char* arguments[] = {program.data(), foreground.data(), threads.data(), mount_point.data(),
                       nullptr};
  return fuse_main(4, arguments, &operations, nullptr);
}
