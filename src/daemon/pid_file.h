// SPDX-License-Identifier: ISC
//
// daemon/pid_file.h - one server at a time, and how to find it.

#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::daemon {

// A locked file with the process id in it.  The lock, not the file, says whether a server runs,
// so one that was left by a crash is in nobody's way.
class PidFile {
 public:
  PidFile() = default;  // none

  // Makes the file, and its directory if that is missing, and takes the lock.  If another
  // process has it the error names its process id.  An empty path gives an object without file.
  static Result<PidFile> lock(const std::string& path);

  // The file that this process had locked before it became a new binary.
  static PidFile adopt(const std::string& path, UniqueFd fd);

  // Writes this process's id; called by the process that stays.
  Result<void> write();

  void remove();                  // at the end of the server
  void let_go() { fd_.reset(); }  // in a child: without unlocking
  int fd() const { return fd_.get(); }

 private:
  std::string path_;
  UniqueFd fd_;
};

}  // namespace postern::daemon
