// SPDX-License-Identifier: ISC
//
// daemon/file_watch.h - whether files are still what they were.

#pragma once

#include <sys/stat.h>

#include <string>
#include <tuple>
#include <vector>

namespace postern::daemon {

// Looks at files now and then, symbolic links followed: what certificates are renewed by may
// change the file, put another in its place, or point a link elsewhere.
class FileWatch {
 public:
  FileWatch() = default;  // of no files
  explicit FileWatch(std::vector<std::string> paths);

  // Whether they have changed since the last time this said so.  A certificate and its key come
  // one after the other, so it says so only when two looks in a row have seen the same.
  bool has_changed();

 private:
  // A file that is not there is all zero.
  using Identity = std::tuple<dev_t, ino_t, off_t, time_t, long>;

  std::vector<Identity> look() const;

  std::vector<std::string> paths_;
  std::vector<Identity> known_;
  std::vector<Identity> last_;
};

}  // namespace postern::daemon
