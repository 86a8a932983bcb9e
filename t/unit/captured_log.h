// SPDX-License-Identifier: ISC
//
// t/unit/captured_log.h - what a test makes the program log.

#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "base/unique_fd.h"

namespace postern::test {

// As long as it lives standard error, where the log goes unless told otherwise, is kept.
class CapturedLog {
 public:
  CapturedLog() : standard_error_(::dup(STDERR_FILENO)), file_(std::tmpfile()) {
    ::dup2(::fileno(file_.get()), STDERR_FILENO);
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() { ::dup2(standard_error_.get(), STDERR_FILENO); }

  // All lines so far.
  std::string text() const {
    std::string out;
    std::array<char, 4096> piece{};
    ssize_t got = 0;
    while ((got = ::pread(::fileno(file_.get()), piece.data(), piece.size(),
                          static_cast<off_t>(out.size()))) > 0) {
      out.append(piece.data(), static_cast<std::size_t>(got));
    }
    return out;
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  UniqueFd standard_error_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace postern::test
