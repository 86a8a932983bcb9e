// SPDX-License-Identifier: ISC
//
// daemon/pid_file.cpp - one server at a time, and how to find it.

#include "daemon/pid_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace postern::daemon {

namespace {

std::string read_id(int fd) {
  std::array<char, 32> buffer{};
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size() - 1, 0);
  return size > 0 ? printable(trim({buffer.data(), static_cast<std::size_t>(size)})) : "unknown";
}

bool is_still_at(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

Result<PidFile> PidFile::lock(const std::string& path) {
  PidFile file;
  if (path.empty()) return file;
  // /run is empty after a boot.
  ::mkdir(path.substr(0, path.rfind('/')).c_str(), 0755);
  file.path_ = path;
  file.fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file.fd_.is_open()) {
    return fail_errno(cat("open ", path, " (setting pid_file; \"\" for none)"), errno);
  }
  if (::flock(file.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::temporary, cat("posternd is running already, as process ",
                                     read_id(file.fd_.get()), " (", path, " is locked)"));
  }
  // A server that is just ending may have removed the name between our open and our lock.
  if (!is_still_at(file.fd_.get(), path)) return lock(path);
  return file;
}

PidFile PidFile::adopt(const std::string& path, UniqueFd fd) {
  PidFile file;
  file.path_ = path;
  file.fd_ = std::move(fd);
  return file;
}

Result<void> PidFile::write() {
  if (!fd_.is_open()) return {};
  const std::string id = cat(::getpid(), "\n");
  if (::ftruncate(fd_.get(), 0) != 0 ||
      ::pwrite(fd_.get(), id.data(), id.size(), 0) != static_cast<ssize_t>(id.size())) {
    return fail_errno(cat("write ", path_), errno);
  }
  return {};
}

void PidFile::remove() {
  if (fd_.is_open()) ::unlink(path_.c_str());
  fd_.reset();
}

}  // namespace postern::daemon
