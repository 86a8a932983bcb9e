// SPDX-License-Identifier: ISC
//
// spool/tmp_file.h - a file in tmp/ with one owner.

#pragma once

#include <string>
#include <string_view>

#include "base/file_ops.h"
#include "base/result.h"

namespace postern::spool {

// A file that its owner removes when it goes, unless it was released before.  If it cannot be
// removed, that is logged, and the file stays until recover() finds it.  Move-only.
class TmpFile {
 public:
  static Result<TmpFile> create(FileOps& files, std::string path);

  TmpFile(TmpFile&& other) noexcept;
  TmpFile& operator=(TmpFile&& other) noexcept;
  ~TmpFile() { remove(); }

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }  // empty after release

  Result<void> append(std::string_view octets) { return files_->append(fd_.get(), octets); }

  // The file is no longer the owner's to remove: it has moved away.
  void release() { path_.clear(); }

 private:
  TmpFile(FileOps& files, UniqueFd fd, std::string path)
      : files_(&files), fd_(std::move(fd)), path_(std::move(path)) {}

  void remove() noexcept;

  FileOps* files_;
  UniqueFd fd_;
  std::string path_;  // empty: nothing to remove
};

}  // namespace postern::spool
