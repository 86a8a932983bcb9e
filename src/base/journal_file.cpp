// SPDX-License-Identifier: ISC
//
// base/journal_file.cpp - the files of the journal as system calls.

#include "base/journal_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/rename_new.h"
#include "base/text.h"
#include "base/write_all.h"

namespace postern {

namespace {

constexpr std::size_t zeros_at_once = std::size_t{1} << 20;

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

class PosixJournalFile final : public JournalFile {
 public:
  // directory belongs to the JournalDirectory.
  PosixJournalFile(int directory, std::string name, std::string path, UniqueFd fd,
                   std::uint64_t size)
      : directory_(directory),
        name_(std::move(name)),
        path_(std::move(path)),
        fd_(std::move(fd)),
        size_(size) {}

  std::uint64_t size() const override { return size_; }
  int fd() const override { return fd_.get(); }

  Result<void> write(std::uint64_t offset, std::span<const std::string_view> pieces) override {
    const int error = write_all(fd_.get(), offset, pieces);
    if (error == 0) return {};
    return fail_errno(cat("write in ", path_), error);
  }

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    std::string octets(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const ssize_t more =
          ::pread(reader_.get(), octets.data() + got, size - got, static_cast<off_t>(offset + got));
      if (more < 0 && errno == EINTR) continue;
      if (more < 0) return fail_errno(cat("read ", path_), errno);
      if (more == 0) break;
      got += static_cast<std::size_t>(more);
    }
    octets.resize(got);
    return octets;
  }

  // To be called before the first read.
  Result<void> start_reading() {
    auto fd = open_same(O_RDONLY);
    if (!fd) return tl::unexpected(std::move(fd.error()));
    reader_ = std::move(*fd);
    return {};
  }

  void stop_reading() override { reader_.reset(); }

  Result<void> sync() override {
    if (::fdatasync(fd_.get()) == 0) return {};
    return fail_errno(cat("fdatasync ", path_), errno);
  }

  Result<UniqueFd> open_again() const override { return open_same(O_WRONLY); }

 private:
  Result<UniqueFd> open_same(int access) const {
    UniqueFd fd{::openat(directory_, name_.c_str(), access | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd.is_open()) return fail_errno(cat("open ", path_), errno);
    struct stat mine {};
    struct stat other {};
    if (::fstat(fd_.get(), &mine) != 0 || ::fstat(fd.get(), &other) != 0) {
      return fail_errno(cat("look at ", path_), errno);
    }
    if (mine.st_ino != other.st_ino || mine.st_dev != other.st_dev) {
      return fail(Errc::permanent, cat(path_, " is another file now; who has moved it?"));
    }
    return fd;
  }

  int directory_;
  std::string name_;
  std::string path_;
  UniqueFd fd_;
  UniqueFd reader_;  // beside the lock, so that it can go
  std::uint64_t size_;
};

class PosixJournalDirectory final : public JournalDirectory {
 public:
  PosixJournalDirectory(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  Result<std::vector<std::string>> list() override {
    UniqueFd fd{::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd.is_open()) return fail_errno(cat("open ", path_), errno);
    const std::unique_ptr<DIR, CloseDir> dir{::fdopendir(fd.get())};
    if (!dir) return fail_errno(cat("list ", path_), errno);
    fd.release();  // the DIR owns it now
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(dir.get())) {
      struct stat status {};
      const int seen = ::fstatat(fd_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW);
      if (seen == 0 && S_ISREG(status.st_mode)) names.emplace_back(entry->d_name);
      errno = 0;
    }
    if (errno != 0) return fail_errno(cat("list ", path_), errno);
    return names;
  }

  Result<std::unique_ptr<JournalFile>> open(const std::string& name) override {
    UniqueFd fd{::openat(fd_.get(), name.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd.is_open() && errno == ENOENT) return nullptr;
    if (!fd.is_open()) return fail_errno(cat("open ", full(name)), errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return nullptr;
      return fail_errno(cat("lock ", full(name)), errno);
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(cat("look at ", full(name)), errno);
    if (!is_called(fd.get(), name)) return nullptr;
    return make_file(name, std::move(fd), static_cast<std::uint64_t>(status.st_size));
  }

  Result<std::unique_ptr<JournalFile>> create(const std::string& name,
                                              std::uint64_t size) override {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    UniqueFd fd{::openat(fd_.get(), name.c_str(), flags, 0600)};
    if (!fd.is_open()) return fail_errno(cat("create ", full(name)), errno);
    // Until it is locked it is anybody's.
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !is_called(fd.get(), name)) {
      return fail_errno(cat("create ", full(name)), EEXIST);
    }
    auto file = make_file(name, std::move(fd), size);
    const auto filled = file ? fill(**file, size) : tl::unexpected(file.error());
    if (!filled) {
      ::unlinkat(fd_.get(), name.c_str(), 0);
      return tl::unexpected(filled.error());
    }
    return file;
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    const int error = rename_new(fd_.get(), from.c_str(), to.c_str());
    if (error != 0) return fail_errno(cat("rename ", full(from), " to ", to), error);
    return sync();
  }

  Result<void> remove(const std::string& name) override {
    if (::unlinkat(fd_.get(), name.c_str(), 0) == 0) return {};
    return fail_errno(cat("remove ", full(name)), errno);
  }

 private:
  // Whoever had the lock before may have removed or renamed the file.
  bool is_called(int fd, const std::string& name) const {
    struct stat open {};
    struct stat named {};
    return ::fstat(fd, &open) == 0 &&
           ::fstatat(fd_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           open.st_ino == named.st_ino;
  }

  std::string full(const std::string& name) const { return cat(path_, "/", name); }

  Result<std::unique_ptr<JournalFile>> make_file(const std::string& name, UniqueFd fd,
                                                 std::uint64_t size) const {
    auto file =
        std::make_unique<PosixJournalFile>(fd_.get(), name, full(name), std::move(fd), size);
    if (auto started = file->start_reading(); !started) {
      return tl::unexpected(std::move(started.error()));
    }
    return file;
  }

  Result<void> fill(JournalFile& file, std::uint64_t size) const {
    // In one piece on the disk, if that can be had; and no disk is filled up for nothing.
    int status = 0;
    do {
      status = ::fallocate(file.fd(), 0, 0, static_cast<off_t>(size));
    } while (status != 0 && errno == EINTR);
    if (status != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
      return fail_errno(cat("reserve ", size, " octets in ", path_), errno);
    }
    const std::string zeros(std::min<std::uint64_t>(size, zeros_at_once), '\0');
    for (std::uint64_t at = 0; at < size; at += zeros_at_once) {
      const std::string_view piece = std::string_view{zeros}.substr(0, size - at);
      if (auto written = file.write(at, {&piece, 1}); !written) return written;
    }
    if (::fsync(file.fd()) != 0) return fail_errno(cat("fsync in ", path_), errno);
    return sync();
  }

  Result<void> sync() const {
    if (::fsync(fd_.get()) == 0) return {};
    return fail_errno(cat("fsync ", path_), errno);
  }

  std::string path_;
  UniqueFd fd_;
};

}  // namespace

Result<std::unique_ptr<JournalDirectory>> open_journal_directory(const std::string& path) {
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd.is_open()) return fail_errno(cat("open ", path), errno);
  return std::make_unique<PosixJournalDirectory>(path, std::move(fd));
}

}  // namespace postern
