// SPDX-License-Identifier: ISC
//
// daemon/file_watch.cpp - whether files are still what they were.

#include "daemon/file_watch.h"

#include <utility>

namespace postern::daemon {

FileWatch::FileWatch(std::vector<std::string> paths)
    : paths_(std::move(paths)), known_(look()), last_(known_) {}

std::vector<FileWatch::Identity> FileWatch::look() const {
  std::vector<Identity> seen;
  for (const std::string& path : paths_) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) status = {};
    seen.emplace_back(status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                      status.st_mtim.tv_nsec);
  }
  return seen;
}

bool FileWatch::has_changed() {
  std::vector<Identity> seen = look();
  const bool is_settled = seen == last_;
  last_ = std::move(seen);
  if (!is_settled || last_ == known_) return false;
  known_ = last_;
  return true;
}

}  // namespace postern::daemon
