// SPDX-License-Identifier: ISC
//
// base/log_stream.cpp - lines of the log that go to a file or to standard error.

#include "base/log_stream.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/text.h"

namespace postern::log {

namespace {

constexpr std::size_t most_gathered = std::size_t{32} * 1024;

std::size_t count_lines(std::string_view lines) {
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
}

}  // namespace

std::size_t LogStream::change(int fd) {
  const std::size_t given_up = flush();
  fd_ = fd;
  is_at_line_start_ = true;
  if (is_gathering()) find_limit();
  return given_up;
}

std::size_t LogStream::write(std::string_view line) {
  const std::string whole = cat(line, "\n");
  if (!is_gathering()) return write_now(whole);
  const std::size_t given_up = whole.size() > limit_ - size_ ? flush() : 0;
  if (whole.size() > limit_) return given_up + write_now(whole);
  std::copy(whole.begin(), whole.end(), gathered_.get() + size_);
  size_ = size_ + whole.size();
  return given_up;
}

void LogStream::gather() {
  gathered_ = std::make_unique_for_overwrite<char[]>(most_gathered);
  find_limit();
}

std::size_t LogStream::flush() {
  if (size_ == 0) return 0;
  const std::size_t given_up = write_now({gathered_.get(), size_});
  size_ = 0;
  return given_up;
}

void LogStream::forget() {
  size_ = 0;
  gathered_.reset();
}

void LogStream::rescue() const noexcept {
  if (size_ == 0) return;
  [[maybe_unused]] const ssize_t written = ::write(fd_, gathered_.get(), size_);
}

// Only a file takes any number of octets without those of others in between.
void LogStream::find_limit() {
  struct stat status {};
  const bool is_file = ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  limit_ = is_file ? most_gathered : PIPE_BUF;
}

std::size_t LogStream::write_now(std::string_view lines) {
  const std::string text = cat(is_at_line_start_ ? "" : "\n", lines);
  const ssize_t result = ::write(fd_, text.data(), text.size());
  if (result <= 0) return count_lines(lines);
  const auto written = static_cast<std::size_t>(result);
  is_at_line_start_ = text[written - 1] == '\n';
  return count_lines(std::string_view(text).substr(written));
}

}  // namespace postern::log
