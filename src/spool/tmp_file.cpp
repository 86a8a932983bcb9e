// SPDX-License-Identifier: ISC
//
// spool/tmp_file.cpp - a file in tmp/ with one owner.

#include "spool/tmp_file.h"

#include <cerrno>
#include <utility>

#include "base/log.h"

namespace postern::spool {

Result<TmpFile> TmpFile::create(FileOps& files, std::string path) {
  auto fd = files.create(path);
  if (!fd) return tl::unexpected(std::move(fd.error()));
  return TmpFile{files, std::move(*fd), std::move(path)};
}

TmpFile::TmpFile(TmpFile&& other) noexcept
    : files_(other.files_), fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})) {}

TmpFile& TmpFile::operator=(TmpFile&& other) noexcept {
  if (this == &other) return *this;
  remove();
  files_ = other.files_;
  fd_ = std::move(other.fd_);
  path_ = std::exchange(other.path_, {});
  return *this;
}

void TmpFile::remove() noexcept {
  if (path_.empty()) return;
  const auto removed = files_->remove(path_);
  // Somebody who swept tmp/ may have been first.
  if (removed || removed.error().sys_errno == ENOENT) return;
  log::write(log::Level::warning, "spool_remove_failed",
             {{"file", path_}, {"error", removed.error().message()}});
}

}  // namespace postern::spool
