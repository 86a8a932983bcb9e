// SPDX-License-Identifier: ISC
//
// base/file_ops.cpp - the steps of the spool as system calls, below one open directory.

#include "base/file_ops.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <limits>
#include <optional>

#include "base/rename_new.h"
#include "base/text.h"
#include "base/write_all.h"

namespace postern {

namespace {

Result<void> done_or_errno(int status, std::string what) {
  if (status == 0) return {};
  return fail_errno(std::move(what), errno);
}

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

class PosixFileOps final : public FileOps {
 public:
  PosixFileOps(std::string root, UniqueFd root_fd)
      : root_(std::move(root)), root_fd_(std::move(root_fd)) {}

  Result<UniqueFd> create(const std::string& path) override {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    UniqueFd fd{::openat(root_fd_.get(), path.c_str(), flags, 0600)};
    if (!fd.is_open()) return fail_errno(cat("create ", full(path)), errno);
    return fd;
  }

  Result<void> append(int fd, std::string_view data) override {
    while (!data.empty()) {
      const ssize_t written = ::write(fd, data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return fail_errno(cat("write in ", root_), errno);
      data.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<UniqueFd> open(const std::string& path) override {
    UniqueFd fd{::openat(root_fd_.get(), path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd.is_open()) return fail_errno(cat("open ", full(path)), errno);
    return fd;
  }

  Result<void> write_at(int fd, std::uint64_t offset, std::string_view data) override {
    const int error = write_all(fd, offset, {&data, 1});
    if (error == 0) return {};
    return fail_errno(cat("write in ", root_), error);
  }

  Result<std::string> read(const std::string& path) override {
    const UniqueFd fd{::openat(root_fd_.get(), path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd.is_open()) return fail_errno(cat("open ", full(path)), errno);
    std::string octets;
    std::array<char, 65536> piece{};
    while (true) {
      const ssize_t size = ::read(fd.get(), piece.data(), piece.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return fail_errno(cat("read ", full(path)), errno);
      if (size == 0) return octets;
      octets.append(piece.data(), static_cast<std::size_t>(size));
    }
  }

  Result<void> sync_file(int fd) override {
    return done_or_errno(::fsync(fd), cat("fsync in ", root_));
  }

  Result<void> sync_all() override {
    return done_or_errno(::syncfs(root_fd_.get()), cat("syncfs ", root_));
  }

  Result<void> sync_directory(const std::string& path) override {
    auto fd = open_directory(path);
    if (!fd) return tl::unexpected(fd.error());
    return done_or_errno(::fsync(fd->get()), cat("fsync ", full(path)));
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    const int error = rename_new(root_fd_.get(), from.c_str(), to.c_str());
    if (error != 0) return fail_errno(cat("rename ", full(from), " to ", to), error);
    return {};
  }

  Result<void> remove(const std::string& path) override {
    return done_or_errno(::unlinkat(root_fd_.get(), path.c_str(), 0), cat("remove ", full(path)));
  }

  Result<void> make_directory(const std::string& path) override {
    if (::mkdirat(root_fd_.get(), path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return fail_errno(cat("make directory ", full(path)), errno);
  }

  Result<std::vector<DirEntry>> list(const std::string& path) override {
    auto fd = open_directory(path);
    if (!fd) return tl::unexpected(fd.error());
    const std::unique_ptr<DIR, CloseDir> dir{::fdopendir(fd->get())};
    if (!dir) return fail_errno(cat("list ", full(path)), errno);
    fd->release();  // the DIR owns it now
    std::vector<DirEntry> entries;
    errno = 0;
    while (const dirent* entry = ::readdir(dir.get())) {
      if (const auto found = regular_file(::dirfd(dir.get()), entry->d_name)) {
        entries.push_back(*found);
      }
      errno = 0;
    }
    if (errno != 0) return fail_errno(cat("list ", full(path)), errno);
    return entries;
  }

  Result<FreeSpace> free_space() override {
    struct statvfs figures {};
    if (::fstatvfs(root_fd_.get(), &figures) != 0) {
      return fail_errno(cat("statvfs ", root_), errno);
    }
    // btrfs and some network file systems have no inode table and report 0 of 0.
    const bool counts_inodes = figures.f_files != 0;
    return FreeSpace{static_cast<std::uint64_t>(figures.f_bavail) * figures.f_frsize,
                     counts_inodes ? figures.f_favail : std::numeric_limits<std::uint64_t>::max()};
  }

 private:
  std::string full(const std::string& path) const { return cat(root_, "/", path); }

  Result<UniqueFd> open_directory(const std::string& path) const {
    UniqueFd fd{::openat(root_fd_.get(), path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd.is_open()) return fail_errno(cat("open ", full(path)), errno);
    return fd;
  }

  static std::optional<DirEntry> regular_file(int dir, const char* name) {
    struct stat status {};
    if (::fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    return DirEntry{name, status.st_mtim.tv_sec};
  }

  std::string root_;
  UniqueFd root_fd_;
};

}  // namespace

Result<std::unique_ptr<FileOps>> open_file_ops(const std::string& root) {
  UniqueFd fd{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd.is_open()) return fail_errno(cat("open ", root), errno);
  return std::make_unique<PosixFileOps>(root, std::move(fd));
}

}  // namespace postern
